using ImageToText.ImageHeaders;

namespace ImageToText.Captioning.Preprocessing;

/// <summary>What to refuse before decoding, and how long that may take.</summary>
/// <remarks>
/// Reading takes one strip of rows if the format allows it (baseline JPEG, PNG without interlacing, TIFF in strips). Other files
/// are decoded as a whole, which takes 3 to 8 bytes per pixel for a moment.
/// </remarks>
public sealed record ImageLimits
{
    private const long MostPixels = 200_000_000;
    private const int BytesPerPixel = 16;

    /// <summary>Bytes of the file: 50 MiB.</summary>
    public long MaxBytes { get; init; } = 52_428_800;

    /// <summary>Pixels of the longer side.</summary>
    public int MaxSide { get; init; } = 32_768;

    /// <summary>Width x height.</summary>
    public long MaxPixels { get; init; } = MostPixels;

    /// <summary>How long ImageMagick may decode a picture: a minute.</summary>
    public TimeSpan MaxDecodeTime { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How many pictures that took longer, or whose callers left, ImageMagick may go on decoding at once. Beyond, no picture of its formats
    /// is decoded.
    /// </summary>
    public int MaxLateDecodes { get; init; } = 4;

    /// <summary>Formats that are switched off.</summary>
    public IReadOnlyCollection<ImageFormat> RefusedFormats { get; init; } = [];

    /// <summary>The setting that raises <see cref="MaxSide"/>, for messages; null: none.</summary>
    public string? SideSetting { get; init; }

    /// <summary>The setting that raises <see cref="MaxPixels"/>; null: none.</summary>
    public string? PixelsSetting { get; init; }

    /// <summary>The setting that raises <see cref="MaxDecodeTime"/>; null: none.</summary>
    public string? TimeSetting { get; init; }

    /// <summary>The setting that raises <see cref="MaxLateDecodes"/>; null: none.</summary>
    public string? LateSetting { get; init; }

    /// <summary>Those that are decoded now; all who have these limits share them.</summary>
    internal LateDecodes Late { get; } = new();

    /// <summary>The most pixels for which a process has room: 200 million, but with little memory fewer.</summary>
    /// <param name="memory">Bytes of memory that the process may use.</param>
    public static long PixelsIn(long memory) => Math.Clamp(memory / BytesPerPixel, 1, MostPixels);
}
