using System.Runtime.InteropServices;
using ImageToText.ImageHeaders;
using NetVips;

namespace ImageToText.Captioning.Preprocessing.Decoding;

/// <summary>Converts pixels from libvips to 8-bit RGB, as Pillow converts the same file's mode.</summary>
internal abstract class RowConverter
{
    /// <summary>The converter for an image; null if its pixels are 8-bit RGB already.</summary>
    /// <param name="image">The image, of one frame.</param>
    /// <param name="file">The whole file.</param>
    /// <param name="header">What its header says.</param>
    /// <param name="choices">What the caller chose, with the frame.</param>
    public static RowConverter? For(Image image, ReadOnlySpan<byte> file, ImageHeader header, PixelChoices choices)
    {
        int bands = image.Bands;
        switch (image.Format)
        {
            case Enums.BandFormat.Uchar:
                return ForBytes(image, file, header, choices);

            // Pillow reads one 16-bit channel unchanged and clips it at 255, but keeps the high bytes of several channels.
            case Enums.BandFormat.Ushort:
                bool isClipped = choices.SixteenBit is SixteenBit.Clip && (bands == 1 || IsGrayWithKey(file, header));
                return new Narrowed(bands, isClipped, ForBytes(image, file, header, choices) ?? new Bytes(bands));

            case Enums.BandFormat.Float when bands == 1:
                return new Floats();

            default:
                throw new ImageException(
                    ImageFault.UnsupportedFormat,
                    $"The {header.Format.Name()} picture has {bands} channels of type {image.Format}; 8 and 16 bits are supported."
                );
        }
    }

    /// <summary>The converter of 8-bit pixels whose last channel is alpha.</summary>
    public static RowConverter Before(Background background, int bands) =>
        background.IsDropped ? new Bytes(bands) : new Blended(bands, background);

    /// <summary>Converts complete rows, starting with <paramref name="firstRow"/>.</summary>
    public abstract void Convert(ReadOnlySpan<byte> pixels, int firstRow, Span<byte> rgb);

    private static RowConverter? ForBytes(Image image, ReadOnlySpan<byte> file, ImageHeader header, PixelChoices choices)
    {
        int bands = image.Bands;
        var background = choices.Background;
        return image.Interpretation == Enums.Interpretation.Cmyk && bands >= 4 ? new Cmyk(bands)
            : header.Samples == StoredSamples.YCbCr && bands >= 3 ? new YCbCr(bands)
            : header.Samples == StoredSamples.LimitedGray ? new LimitedGray(bands)
            : header.Format == ImageFormat.Gif ? ForGif(image, GifFirstFrame.Read(file), choices)
            : bands is 2 or 4 && !header.IsOpaque && !background.IsDropped ? new Blended(bands, background)
            : bands == 3 ? null
            : new Bytes(bands);
    }

    // The canvas around the first frame is transparent too. Later frames are drawn on what was there before.
    private static Keyed? ForGif(Image image, GifFirstFrame frame, PixelChoices choices)
    {
        if (choices.Frame is > 0)
        {
            frame = GifFirstFrame.Everywhere with { Key = frame.Key };
        }

        if (image.Bands == 3 && frame.Covers(image.Width, image.Height))
        {
            return null;
        }

        var (red, green, blue) = choices.Background;
        return new Keyed(image.Bands, image.Width, choices.Background.IsDropped ? frame : frame with { Key = (red, green, blue) });
    }

    /// <summary>A PNG with one stored channel; the second one stands for its transparent gray.</summary>
    private static bool IsGrayWithKey(ReadOnlySpan<byte> file, ImageHeader header) => header.Format == ImageFormat.Png && file[25] == 0;

    /// <summary>8-bit gray or RGB; drops further channels (alpha).</summary>
    private sealed class Bytes(int bands) : RowConverter
    {
        private readonly int _green = bands >= 3 ? 1 : 0;
        private readonly int _blue = bands >= 3 ? 2 : 0;

        public override void Convert(ReadOnlySpan<byte> pixels, int firstRow, Span<byte> rgb)
        {
            for (int from = 0, to = 0; to + 2 < rgb.Length; from += bands, to += 3)
            {
                rgb[to] = pixels[from];
                rgb[to + 1] = pixels[from + _green];
                rgb[to + 2] = pixels[from + _blue];
            }
        }
    }

    /// <summary>8-bit gray or RGB before a background, by alpha in the last channel.</summary>
    private sealed class Blended(int bands, Background background) : RowConverter
    {
        private readonly int _green = bands >= 3 ? 1 : 0;
        private readonly int _blue = bands >= 3 ? 2 : 0;

        public override void Convert(ReadOnlySpan<byte> pixels, int firstRow, Span<byte> rgb)
        {
            for (int from = 0, to = 0; to + 2 < rgb.Length; from += bands, to += 3)
            {
                byte alpha = pixels[from + bands - 1];
                rgb[to] = Blend(pixels[from], background.Red, alpha);
                rgb[to + 1] = Blend(pixels[from + _green], background.Green, alpha);
                rgb[to + 2] = Blend(pixels[from + _blue], background.Blue, alpha);
            }
        }

        // Divided by 255 and rounded, in integers.
        private static byte Blend(byte colour, byte behind, byte alpha)
        {
            int product = (colour * alpha) + (behind * (255 - alpha)) + 128;
            return (byte)(((product >> 8) + product) >> 8);
        }
    }

    /// <summary>8-bit, with a key colour where alpha is zero and around the frame.</summary>
    private sealed class Keyed(int bands, int width, GifFirstFrame frame) : RowConverter
    {
        private readonly int _green = bands >= 3 ? 1 : 0;
        private readonly int _blue = bands >= 3 ? 2 : 0;
        private readonly int _alpha = bands is 2 or 4 ? bands - 1 : -1;

        public override void Convert(ReadOnlySpan<byte> pixels, int firstRow, Span<byte> rgb)
        {
            for (int row = 0; row * width * 3 < rgb.Length; row++)
            {
                var from = pixels.Slice(row * width * bands, width * bands);
                var to = rgb.Slice(row * width * 3, width * 3);
                bool isCovered = firstRow + row >= frame.Top && firstRow + row < frame.Bottom;
                for (int x = 0; x < width; x++)
                {
                    var pixel = from.Slice(x * bands, bands);
                    bool isKey = !isCovered || x < frame.Left || x >= frame.Right || (_alpha >= 0 && pixel[_alpha] == 0);
                    (to[x * 3], to[(x * 3) + 1], to[(x * 3) + 2]) = isKey ? frame.Key : (pixel[0], pixel[_green], pixel[_blue]);
                }
            }
        }
    }

    /// <summary>CMYK with 255 as full ink: each colour is what its ink and black leave.</summary>
    private sealed class Cmyk(int bands) : RowConverter
    {
        public override void Convert(ReadOnlySpan<byte> pixels, int firstRow, Span<byte> rgb)
        {
            for (int from = 0, to = 0; to + 2 < rgb.Length; from += bands, to += 3)
            {
                int white = 255 - pixels[from + 3];
                rgb[to] = Paint(pixels[from], white);
                rgb[to + 1] = Paint(pixels[from + 1], white);
                rgb[to + 2] = Paint(pixels[from + 2], white);
            }
        }

        private static byte Paint(byte ink, int white)
        {
            // ink x white / 255, rounded, in integers.
            int product = (ink * white) + 128;
            return (byte)Math.Clamp(white - (((product >> 8) + product) >> 8), 0, 255);
        }
    }

    /// <summary>16 bits, of which the high bytes are used; where it is clipped, the first channel is cut to 255 instead.</summary>
    private sealed class Narrowed(int bands, bool isClipped, RowConverter converter) : RowConverter
    {
        private byte[] _bytes = [];

        public override void Convert(ReadOnlySpan<byte> pixels, int firstRow, Span<byte> rgb)
        {
            var values = MemoryMarshal.Cast<byte, ushort>(pixels);
            if (_bytes.Length < values.Length)
            {
                _bytes = new byte[values.Length];
            }

            for (int i = 0; i < values.Length; i++)
            {
                _bytes[i] = (byte)(values[i] >> 8);
            }

            for (int i = 0; isClipped && i < values.Length; i += bands)
            {
                _bytes[i] = (byte)Math.Min(values[i], (ushort)255);
            }

            converter.Convert(_bytes.AsSpan(0, values.Length), firstRow, rgb);
        }
    }

    /// <summary>Brightness and colour differences of the full range. Source: JFIF 1.02, "Conversion to and from RGB".</summary>
    private sealed class YCbCr(int bands) : RowConverter
    {
        public override void Convert(ReadOnlySpan<byte> pixels, int firstRow, Span<byte> rgb)
        {
            for (int from = 0, to = 0; to + 2 < rgb.Length; from += bands, to += 3)
            {
                int y = (pixels[from] << 16) + (1 << 15);
                int blue = pixels[from + 1] - 128;
                int red = pixels[from + 2] - 128;
                // 1.402, 0.344136, 0.714136 and 1.772 in 16 bits.
                rgb[to] = Byte(y + (91881 * red));
                rgb[to + 1] = Byte(y - (22554 * blue) - (46802 * red));
                rgb[to + 2] = Byte(y + (116130 * blue));
            }
        }

        private static byte Byte(int value) => (byte)Math.Clamp(value >> 16, 0, 255);
    }

    /// <summary>Gray from 16 to 235, stretched to the full range.</summary>
    private sealed class LimitedGray(int bands) : RowConverter
    {
        public override void Convert(ReadOnlySpan<byte> pixels, int firstRow, Span<byte> rgb)
        {
            for (int from = 0, to = 0; to + 2 < rgb.Length; from += bands, to += 3)
            {
                rgb.Slice(to, 3).Fill((byte)Math.Clamp((((pixels[from] - 16) * 510) + 219) / 438, 0, 255));
            }
        }
    }

    private sealed class Floats : RowConverter
    {
        public override void Convert(ReadOnlySpan<byte> pixels, int firstRow, Span<byte> rgb)
        {
            var values = MemoryMarshal.Cast<byte, float>(pixels);
            for (int i = 0; i < rgb.Length / 3; i++)
            {
                float value = values[i];
                rgb.Slice(i * 3, 3)
                    .Fill(
                        value >= 255 ? (byte)255
                        : value > 0 ? (byte)value
                        : (byte)0
                    );
            }
        }
    }
}
