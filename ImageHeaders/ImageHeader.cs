namespace ImageToText.ImageHeaders;

/// <summary>What an image's first bytes say about it.</summary>
/// <param name="Format">The container format.</param>
/// <param name="Width">Pixels across, after rotation.</param>
/// <param name="Height">Pixels down, after rotation.</param>
/// <param name="Orientation">How to turn the stored pixels into the upright picture.</param>
public readonly record struct ImageHeader(ImageFormat Format, int Width, int Height, ImageOrientation Orientation)
{
    /// <summary>True when the stored width is the upright picture's height.</summary>
    public bool SwapsSides => Orientation >= ImageOrientation.Transposed;

    /// <summary>Pixels across as stored.</summary>
    public int StoredWidth => SwapsSides ? Height : Width;

    /// <summary>Pixels down as stored.</summary>
    public int StoredHeight => SwapsSides ? Width : Height;

    /// <summary>Width x height, which determines the price of a caption.</summary>
    public long Pixels => (long)Width * Height;

    /// <summary>How the decoder hands over what is stored.</summary>
    public StoredSamples Samples { get; init; }

    /// <summary>True when a sample beyond the colours is not alpha.</summary>
    public bool IsOpaque { get; init; }

    /// <summary>True for kinds of TIFF that few decoders read, such as Lab colours, 12 bits a channel or planes in tiles.</summary>
    public bool IsRare { get; init; }

    /// <summary>True for an AVIF sequence none of whose pictures stands by itself.</summary>
    public bool IsSequence { get; init; }

    internal static ImageHeaderResult From(
        ImageFormat format,
        long storedWidth,
        long storedHeight,
        ImageOrientation orientation,
        StoredSamples samples = StoredSamples.AsShown,
        bool isOpaque = false,
        bool isRare = false,
        bool isSequence = false
    )
    {
        if (storedWidth is < 1 or > int.MaxValue || storedHeight is < 1 or > int.MaxValue)
        {
            return ImageHeaderResult.Damaged(
                format,
                storedWidth == 0 || storedHeight == 0 ? "its width or height is zero" : "its width or height is out of range"
            );
        }

        bool swaps = orientation >= ImageOrientation.Transposed;
        return ImageHeaderResult.Of(
            new ImageHeader(format, (int)(swaps ? storedHeight : storedWidth), (int)(swaps ? storedWidth : storedHeight), orientation)
            {
                Samples = samples,
                IsOpaque = isOpaque,
                IsRare = isRare,
                IsSequence = isSequence,
            }
        );
    }
}
