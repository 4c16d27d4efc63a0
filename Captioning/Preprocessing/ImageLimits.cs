namespace ImageToText.Captioning.Preprocessing;

/// <summary>What to refuse before decoding.</summary>
/// <remarks>
/// Reading takes one strip of rows if the format allows it (baseline JPEG, PNG without interlacing, TIFF in strips). Other files
/// are decoded as a whole, which takes 3 to 8 bytes per pixel for a moment.
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
