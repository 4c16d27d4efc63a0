using System.Globalization;
using ImageToText.Captioning.Generation;
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

    /// <summary>What is missing of the picture, in a sentence, once all rows have been read; null: nothing.</summary>
    public string? Warning { get; protected set; }

    /// <summary>Opens the decoder for the format.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="header">What its header says.</param>
    /// <param name="choices">What the caller chose of its pixels.</param>
    /// <param name="time">How long decoding may take; null: any time.</param>
    /// <exception cref="ImageException">
    /// The picture is damaged, its size differs from the header's, or decoding it takes too long.
    /// </exception>
    /// <exception cref="CaptionOptionException">It lacks the frame that was asked for.</exception>
    public static PictureDecoder Open(ReadOnlyMemory<byte> file, ImageHeader header, PixelChoices choices, DecodeTime? time = null)
    {
        if (header.IsSequence && ImageHeaderReader.FirstOfSequence(file.Span) is { } frame)
        {
            file = AvifStill.Of(file.Span, frame);
        }

        PictureDecoder decoder =
            header.Format == ImageFormat.Bmp ? SkiaDecoder.OpenBmp(file, header, choices)
            : MagickDecoder.Reads(header) ? MagickDecoder.OpenFile(file, header, choices, time)
            : VipsDecoder.OpenFile(file, header, choices);
        var (width, height) =
            decoder.Orientation >= ImageOrientation.Transposed ? (decoder.Height, decoder.Width) : (decoder.Width, decoder.Height);
        if (width == header.Width && height == header.Height)
        {
            return decoder;
        }

        decoder.Dispose();
        if (choices.Frame is > 0)
        {
            // The first page's size set the price.
            throw new CaptionOptionException(
                GenerationLimits.Frame.Name,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Page {choices.Frame} has {width} x {height} pixels, and the first {header.Width} x {header.Height}. Only pages of "
                        + $"the first one's size are captioned. Send that page as a picture of its own."
                )
            );
        }

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

    /// <summary>Refuses a frame that a picture lacks.</summary>
    /// <exception cref="CaptionOptionException">It has fewer frames.</exception>
    protected static void CheckFrame(int? frame, int frames)
    {
        if (frame >= frames)
        {
            string remedy = frames == 1 ? "one frame: leave frame out" : $"{frames}: give 0 to {frames - 1}";
            throw new CaptionOptionException(
                GenerationLimits.Frame.Name,
                string.Create(CultureInfo.InvariantCulture, $"frame is {frame}, and this picture has {remedy}.")
            );
        }
    }

    /// <summary>Releases what the decoder holds.</summary>
    protected abstract void Dispose(bool disposing);

    /// <summary>The error for a picture whose data can't be decoded.</summary>
    protected static ImageException Damaged(ImageFormat format, string how, Exception? inner = null) =>
        new(ImageFault.Corrupt, $"The {format.Name()} picture is damaged: {how}.", inner);
}
