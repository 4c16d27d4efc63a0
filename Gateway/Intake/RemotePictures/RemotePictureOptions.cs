using System.ComponentModel.DataAnnotations;

namespace ImageToText.Gateway.Intake.RemotePictures;

/// <summary>Whether to fetch pictures given by web address: <c>Gateway:RemotePictures</c>. By default none are fetched.</summary>
public sealed class RemotePictureOptions
{
    /// <summary>
    /// Hosts from which pictures may be fetched, such as <c>images.example.org</c>; <c>*.example.org</c> means any host below it.
    /// </summary>
    public IList<string> AllowedHosts { get; } = [];

    /// <summary>The most bytes in a picture.</summary>
    [Range(1024, 1L << 30)]
    public long MaxBytes { get; set; } = 10L * 1024 * 1024;

    /// <summary>How long fetching a picture may take.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);
}
