using System.Globalization;
using ImageToText.ImageHeaders;

namespace ImageToText.Captioning.Preprocessing.Decoding;

/// <summary>A picture's rows as 8-bit RGB, in stored order, converted like Pillow's <c>convert("RGB")</c>.</summary>
internal abstract class PictureDecoder(ImageHeader header, int width, int height, ImageOrientation orientation) : IDisposable
{
    /// <summary>The contents of the header.</summary>
    protected ImageHeader Header { get; } = header;

    /// <summary>Pixels across, as stored.</summary>
    public int Width { get; } = width;

    /// <summary>Pixels down, as stored.</summary>
    public int Height { get; } = height;

    /// <summary>How to turn the rows into the upright picture.</summary>
    public ImageOrientation Orientation { get; } = orientation;

    /// <summary>Opens the decoder for the format.</summary>
    /// <exception cref="ImageException">The picture is damaged, or its size differs from the header's.</exception>
    public static PictureDecoder Open(ReadOnlyMemory<byte> file, ImageHeader header)
    {
        PictureDecoder decoder = header.Format == ImageFormat.Bmp ? SkiaDecoder.OpenBmp(file, header) : VipsDecoder.OpenFile(file, header);
        var (width, height) =
            decoder.Orientation >= ImageOrientation.Transposed ? (decoder.Height, decoder.Width) : (decoder.Width, decoder.Height);
        if (width == header.Width && height == header.Height)
        {
            return decoder;
        }

        decoder.Dispose();
        throw Damaged(
            header.Format,
            string.Create(
                CultureInfo.InvariantCulture,
                $"its header says {header.Width} x {header.Height} pixels, its data {width} x {height}"
            )
        );
    }

    /// <summary>
    /// Rows <paramref name="first"/> to <paramref name="first"/> + <paramref name="count"/> - 1, each Width x 3 bytes; valid
    /// until the next call. Rows must be requested in order.
    /// </summary>
    /// <exception cref="ImageException">The picture is damaged or ends early.</exception>
    public abstract ReadOnlySpan<byte> ReadRows(int first, int count);

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases what the decoder holds.</summary>
    protected abstract void Dispose(bool disposing);

    /// <summary>The error for a picture whose data can't be decoded.</summary>
    protected static ImageException Damaged(ImageFormat format, string how, Exception? inner = null) =>
        new(ImageFault.Corrupt, $"The {format.Name()} picture is damaged: {how}.", inner);
}
