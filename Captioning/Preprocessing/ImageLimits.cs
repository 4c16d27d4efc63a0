namespace ImageToText.Captioning.Preprocessing;

/// <summary>What is refused before it is decoded.</summary>
/// <remarks>
/// A reading takes one strip of rows where the format allows (baseline JPEG, PNG without interlacing, TIFF in strips); the
/// others are decoded whole, which takes 3 to 8 bytes a pixel while it lasts.
/// </remarks>
public sealed record ImageLimits
{
    /// <summary>Bytes of the file: 50 MiB.</summary>
    public long MaxBytes { get; init; } = 52_428_800;

    /// <summary>Pixels of the longer side.</summary>
    public int MaxSide { get; init; } = 16_384;

    /// <summary>Width x height.</summary>
    public long MaxPixels { get; init; } = 100_000_000;
}
