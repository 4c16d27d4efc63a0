using System.Runtime.InteropServices;
using ImageToText.ImageHeaders;
using NetVips;

namespace ImageToText.Captioning.Preprocessing.Decoding;

/// <summary>Converts pixels from libvips to 8-bit RGB, as Pillow converts the same file's mode.</summary>
internal abstract class RowConverter
{
    /// <summary>The converter for an image; null if its pixels are 8-bit RGB already.</summary>
    public static RowConverter? For(Image image, ReadOnlySpan<byte> file, ImageHeader header)
    {
        int bands = image.Bands;
        switch (image.Format)
        {
            case Enums.BandFormat.Uchar when image.Interpretation == Enums.Interpretation.Cmyk && bands >= 4:
                return new Cmyk(bands);

            case Enums.BandFormat.Ushort when image.Interpretation == Enums.Interpretation.Cmyk && bands >= 4:
                return new Cmyk16(bands);

            case Enums.BandFormat.Uchar when header.Samples == StoredSamples.YCbCr && bands >= 3:
                return new YCbCr(bands);

            case Enums.BandFormat.Uchar when header.Samples == StoredSamples.LimitedGray:
                return new LimitedGray(bands);

            case Enums.BandFormat.Uchar when header.Format == ImageFormat.Gif:
                var frame = GifFirstFrame.Read(file);
                return bands == 3 && frame.Covers(image.Width, image.Height) ? null : new Keyed(bands, image.Width, frame);

            case Enums.BandFormat.Uchar:
                return bands == 3 ? null : new Bytes(bands);

            // Pillow reads one 16-bit channel unchanged and clips it at 255, but keeps the high bytes of several channels.
            case Enums.BandFormat.Ushort:
                return bands == 1 || IsGrayWithKey(file, header) ? new Clipped(bands) : new HighBytes(bands);

            case Enums.BandFormat.Float when bands == 1:
                return new Floats();

            default:
                throw new ImageException(
                    ImageFault.UnsupportedFormat,
                    $"The {header.Format.Name()} picture has {bands} channels of type {image.Format}; 8 and 16 bits are supported."
                );
        }
    }

    /// <summary>Converts complete rows, starting with <paramref name="firstRow"/>.</summary>
    public abstract void Convert(ReadOnlySpan<byte> pixels, int firstRow, Span<byte> rgb);

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

    /// <summary>CMYK with 16 bits, of which the high bytes are used.</summary>
    private sealed class Cmyk16(int bands) : RowConverter
    {
        private readonly Cmyk _cmyk = new(bands);
        private byte[] _inks = [];

        public override void Convert(ReadOnlySpan<byte> pixels, int firstRow, Span<byte> rgb)
        {
            var values = MemoryMarshal.Cast<byte, ushort>(pixels);
            if (_inks.Length < values.Length)
            {
                _inks = new byte[values.Length];
            }

            for (int i = 0; i < values.Length; i++)
            {
                _inks[i] = (byte)(values[i] >> 8);
            }

            _cmyk.Convert(_inks, firstRow, rgb);
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

    /// <summary>16-bit gray; drops a further channel.</summary>
    private sealed class Clipped(int bands) : RowConverter
    {
        public override void Convert(ReadOnlySpan<byte> pixels, int firstRow, Span<byte> rgb)
        {
            var values = MemoryMarshal.Cast<byte, ushort>(pixels);
            for (int i = 0; i < rgb.Length / 3; i++)
            {
                rgb.Slice(i * 3, 3).Fill((byte)Math.Min(values[i * bands], (ushort)255));
            }
        }
    }

    private sealed class HighBytes(int bands) : RowConverter
    {
        private readonly int _green = bands >= 3 ? 1 : 0;
        private readonly int _blue = bands >= 3 ? 2 : 0;

        public override void Convert(ReadOnlySpan<byte> pixels, int firstRow, Span<byte> rgb)
        {
            var values = MemoryMarshal.Cast<byte, ushort>(pixels);
            for (int from = 0, to = 0; to + 2 < rgb.Length; from += bands, to += 3)
            {
                rgb[to] = (byte)(values[from] >> 8);
                rgb[to + 1] = (byte)(values[from + _green] >> 8);
                rgb[to + 2] = (byte)(values[from + _blue] >> 8);
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
