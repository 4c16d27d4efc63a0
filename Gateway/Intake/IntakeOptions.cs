using System.ComponentModel.DataAnnotations;

namespace ImageToText.Gateway.Intake;

/// <summary>Limits on what a request may bring: <c>Gateway:Intake</c>.</summary>
public sealed class IntakeOptions
{
    /// <summary>Bytes that the server reads ahead of each upload; counted with the pictures.</summary>
    internal const int RequestBufferBytes = 256 * 1024;

    /// <summary>The most bytes of one request's body. 50 MiB, as the Livepeer runner takes.</summary>
    [Range(1024, 1L << 31)]
    public long MaxBodyBytes { get; set; } = 50L * 1024 * 1024;

    /// <summary>The most bytes of one batch's body.</summary>
    [Range(1024, 1L << 33)]
    public long MaxBatchBytes { get; set; } = 200L * 1024 * 1024;

    /// <summary>The most pictures in one batch.</summary>
    [Range(1, 10_000)]
    public int MaxBatchPictures { get; set; } = 128;

    /// <summary>
    /// The most memory that uploads may take, all requests together; beyond it: 429. Seven eighths of it are for what is being read and
    /// sent on, the rest for buffers that lie idle and for the connections themselves.
    /// </summary>
    [Range(1L << 20, 1L << 40)]
    public long MaxBytesInFlight { get; set; } = 1L << 30;

    /// <summary>The most pixels a picture's header may claim.</summary>
    [Range(1, 1L << 40)]
    public long MaxPixels { get; set; } = 100_000_000;

    /// <summary>Bytes per second below which an upload is cut off, once <see cref="Grace"/> has passed.</summary>
    [Range(1, 1L << 30)]
    public double MinBytesPerSecond { get; set; } = 4096;

    /// <summary>How long an upload may be slower than <see cref="MinBytesPerSecond"/> before it is cut off.</summary>
    public TimeSpan Grace { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest an upload may take, however steadily it comes.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>What Retry-After says when the memory for pictures is used up.</summary>
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromSeconds(1);
}
