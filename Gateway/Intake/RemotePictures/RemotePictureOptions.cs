using System.ComponentModel.DataAnnotations;

namespace ImageToText.Gateway.Intake.RemotePictures;

/// <summary>Whether pictures named by a web address are fetched: <c>Gateway:RemotePictures</c>. By default none are.</summary>
public sealed class RemotePictureOptions
{
    /// <summary>Hosts that pictures may be fetched from, such as <c>images.example.org</c>; <c>*.example.org</c> means any below it.</summary>
    public IList<string> AllowedHosts { get; } = [];

    /// <summary>The most bytes of one.</summary>
    [Range(1024, 1L << 30)]
    public long MaxBytes { get; set; } = 10L * 1024 * 1024;

    /// <summary>How long fetching one may take.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);
}
