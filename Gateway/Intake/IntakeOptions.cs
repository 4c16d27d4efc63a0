using System.ComponentModel.DataAnnotations;
using ImageToText.ImageHeaders;

namespace ImageToText.Gateway.Intake;

/// <summary>Limits for requests: <c>Gateway:Intake</c>.</summary>
public sealed class IntakeOptions
{
    /// <summary>How many bytes the server reads ahead for each upload; counted with the pictures.</summary>
    internal const int RequestBufferBytes = 256 * 1024;

    /// <summary>The most bytes in a request's body: 50 MiB, as in the Livepeer runner.</summary>
    [Range(1024, 1L << 31)]
    public long MaxBodyBytes { get; set; } = 50L * 1024 * 1024;

    /// <summary>The most bytes in a batch's body.</summary>
    [Range(1024, 1L << 33)]
    public long MaxBatchBytes { get; set; } = 200L * 1024 * 1024;

    /// <summary>The most pictures in a batch.</summary>
    [Range(1, 10_000)]
    public int MaxBatchPictures { get; set; } = 128;

    /// <summary>
    /// The most memory that all uploads together may take; beyond it callers get 429. Seven eighths are for what is being read
    /// and sent on, the rest for idle buffers and for the connections themselves.
    /// </summary>
    [Range(1L << 20, 1L << 40)]
    public long MaxBytesInFlight { get; set; } = 1L << 30;

    /// <summary>The most pixels that a picture's header may claim.</summary>
    [Range(1, 1L << 40)]
    public long MaxPixels { get; set; } = 200_000_000;

    /// <summary>The most pixels that a picture's header may claim on its longer side.</summary>
    [Range(1, int.MaxValue)]
    public int MaxSide { get; set; } = 32_768;

    /// <summary>
    /// Formats to switch off, such as <c>Heic</c> or <c>JpegXl</c>. Pictures of these formats are refused (415) before a node sees them.
    /// </summary>
    public IList<ImageFormat> RefusedFormats { get; } = [];

    internal PictureLimits Limits => new(MaxPixels, MaxSide, RefusedFormats);

    /// <summary>An upload slower than this many bytes per second is cut off once <see cref="Grace"/> has passed.</summary>
    [Range(1, 1L << 30)]
    public double MinBytesPerSecond { get; set; } = 4096;

    /// <summary>How long an upload may be slower than <see cref="MinBytesPerSecond"/> before it is cut off.</summary>
    public TimeSpan Grace { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The longest that an upload may take, however steady it is. Files of requests (<c>POST /v1/files</c>) may take longer,
    /// and are cut off when no byte comes for this long.
    /// </summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>The value of Retry-After when the memory for pictures is used up.</summary>
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromSeconds(1);
}
