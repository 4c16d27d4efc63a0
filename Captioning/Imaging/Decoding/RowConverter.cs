using System.Runtime.InteropServices;
using ImageToText.ImageHeaders;
using NetVips;

namespace ImageToText.Captioning.Imaging.Decoding;

/// <summary>Pixels as libvips hands them over to 8-bit RGB, as Pillow converts the same file's mode.</summary>
internal abstract class RowConverter
{
    /// <summary>The converter that an image needs; null where its pixels are 8-bit RGB already.</summary>
    public static RowConverter? For(Image image, ReadOnlySpan<byte> file, ImageHeader header)
    {
        var bands = image.Bands;
        switch (image.Format)
        {
            case Enums.BandFormat.Uchar when image.Interpretation == Enums.Interpretation.Cmyk && bands >= 4:
                return new Cmyk(bands);

            case Enums.BandFormat.Uchar when header.Format == ImageFormat.Gif && bands is 2 or 4:
                return new Keyed(bands, GifColors.OfTransparent(file));

            case Enums.BandFormat.Uchar:
                return bands == 3 ? null : new Bytes(bands);

            // Pillow reads one channel of 16 bits as it is and cuts at 255, but keeps the high bytes of several.
            case Enums.BandFormat.Ushort:
                return bands == 1 ? new Clipped() : new HighBytes(bands);

            case Enums.BandFormat.Float when bands == 1:
                return new Floats();

            default:
                throw new ImageException(
                    ImageFault.UnsupportedFormat,
                    $"The {PictureHeader.NameOf(header.Format)} picture has {bands} channels of type {image.Format}; 8 and 16 bits are read.");
        }
    }

    /// <summary>Converts whole pixels.</summary>
    public abstract void Convert(ReadOnlySpan<byte> pixels, Span<byte> rgb);

    /// <summary>8-bit gray or RGB, with further channels (alpha) to be dropped.</summary>
    private sealed class Bytes(int bands) : RowConverter
    {
        private readonly int _green = bands >= 3 ? 1 : 0;
        private readonly int _blue = bands >= 3 ? 2 : 0;

        public override void Convert(ReadOnlySpan<byte> pixels, Span<byte> rgb)
        {
            for (int from = 0, to = 0; to + 2 < rgb.Length; from += bands, to += 3)
            {
                rgb[to] = pixels[from];
                rgb[to + 1] = pixels[from + _green];
                rgb[to + 2] = pixels[from + _blue];
            }
        }
    }

    /// <summary>8-bit with a key colour where alpha is zero.</summary>
    private sealed class Keyed(int bands, (byte R, byte G, byte B) key) : RowConverter
    {
        private readonly int _green = bands >= 3 ? 1 : 0;
        private readonly int _blue = bands >= 3 ? 2 : 0;

        public override void Convert(ReadOnlySpan<byte> pixels, Span<byte> rgb)
        {
            for (int from = 0, to = 0; to + 2 < rgb.Length; from += bands, to += 3)
            {
                (rgb[to], rgb[to + 1], rgb[to + 2]) = pixels[from + bands - 1] == 0
                    ? key
                    : (pixels[from], pixels[from + _green], pixels[from + _blue]);
            }
        }
    }

    /// <summary>CMYK with 255 as full ink: each colour is what its ink and black leave.</summary>
    private sealed class Cmyk(int bands) : RowConverter
    {
        public override void Convert(ReadOnlySpan<byte> pixels, Span<byte> rgb)
        {
            for (int from = 0, to = 0; to + 2 < rgb.Length; from += bands, to += 3)
            {
                var white = 255 - pixels[from + 3];
                rgb[to] = Paint(pixels[from], white);
                rgb[to + 1] = Paint(pixels[from + 1], white);
                rgb[to + 2] = Paint(pixels[from + 2], white);
            }
        }

        private static byte Paint(byte ink, int white)
        {
            // ink x white / 255, rounded, in integers.
            var product = (ink * white) + 128;
            return (byte)Math.Clamp(white - (((product >> 8) + product) >> 8), 0, 255);
        }
    }

    private sealed class Clipped : RowConverter
    {
        public override void Convert(ReadOnlySpan<byte> pixels, Span<byte> rgb)
        {
            var values = MemoryMarshal.Cast<byte, ushort>(pixels);
            for (var i = 0; i < rgb.Length / 3; i++)
            {
                rgb.Slice(i * 3, 3).Fill((byte)Math.Min(values[i], (ushort)255));
            }
        }
    }

    private sealed class HighBytes(int bands) : RowConverter
    {
        private readonly int _green = bands >= 3 ? 1 : 0;
        private readonly int _blue = bands >= 3 ? 2 : 0;

        public override void Convert(ReadOnlySpan<byte> pixels, Span<byte> rgb)
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
        public override void Convert(ReadOnlySpan<byte> pixels, Span<byte> rgb)
        {
            var values = MemoryMarshal.Cast<byte, float>(pixels);
            for (var i = 0; i < rgb.Length / 3; i++)
            {
                var value = values[i];
                rgb.Slice(i * 3, 3).Fill(value >= 255 ? (byte)255 : value > 0 ? (byte)value : (byte)0);
            }
        }
    }
}
