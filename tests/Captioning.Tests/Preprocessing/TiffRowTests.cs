using System.Buffers.Binary;
using ImageMagick;
using ImageToText.Captioning.Preprocessing;
using ImageToText.Captioning.Preprocessing.Decoding;
using NetVips;

namespace ImageToText.Captioning.Tests.Preprocessing;

/// <summary>
/// A test for each word of TIFF's row in docs/pictures.md. The files are made here from known pixels; what is exact has these pixels,
/// what is near differs from them by a little.
/// </summary>
public sealed class TiffRowTests
{
    private const int Width = 48;
    private const int Height = 32;
    private const double Near = 4;
    private static readonly byte[] Rgb = Drawing();
    private static readonly byte[] Gray = [.. Enumerable.Range(0, Width * Height).Select(static i => Rgb[i * 3])];

    public static TheoryData<string, Func<byte[]>> Exact =>
        new()
        {
            { "RGB, uncompressed, strips", static () => Vips(Rgb, Enums.ForeignTiffCompression.None) },
            { "RGB, uncompressed, tiles", static () => Vips(Rgb, Enums.ForeignTiffCompression.None, tile: true) },
            { "RGB, LZW, strips", static () => Vips(Rgb, Enums.ForeignTiffCompression.Lzw) },
            { "RGB, LZW, tiles", static () => Vips(Rgb, Enums.ForeignTiffCompression.Lzw, tile: true) },
            { "RGB, Deflate, strips", static () => Vips(Rgb, Enums.ForeignTiffCompression.Deflate) },
            { "RGB, Deflate, tiles", static () => Vips(Rgb, Enums.ForeignTiffCompression.Deflate, tile: true) },
            { "RGB, PackBits, strips", static () => Vips(Rgb, Enums.ForeignTiffCompression.Packbits) },
            { "RGB, PackBits, tiles", static () => Vips(Rgb, Enums.ForeignTiffCompression.Packbits, tile: true) },
            { "RGB, ZSTD, strips", static () => Magick(CompressionMethod.Zstd) },
            { "RGB, LZMA, strips", static () => Magick(CompressionMethod.LZMA) },
            { "RGB, planar strips", static () => TiffPictures.CreatePlanar(Width, Height, Rgb, tiles: false) },
            { "RGB, planar tiles", static () => TiffPictures.CreatePlanar(Width, Height, Rgb, tiles: true) },
        };

    public static TheoryData<string, Func<byte[]>> ExactGray =>
        new()
        {
            { "gray, uncompressed", static () => Vips(Gray, Enums.ForeignTiffCompression.None) },
            { "gray, LZW, tiles", static () => Vips(Gray, Enums.ForeignTiffCompression.Lzw, tile: true) },
            { "gray, Deflate", static () => Vips(Gray, Enums.ForeignTiffCompression.Deflate) },
            { "gray, PackBits", static () => Vips(Gray, Enums.ForeignTiffCompression.Packbits) },
            { "palette", static () => TiffPictures.CreatePalette(Width, Height, Gray) },
            { "16-bit gray", static () => TiffPictures.Create(Width, Height, 16, 1, photometric: 1, Words(Gray, 1)) },
            { "floating point", static () => Floats() },
        };

    public static TheoryData<string, Func<byte[]>> NearRows =>
        new()
        {
            { "JPEG", static () => Vips(Rgb, Enums.ForeignTiffCompression.Jpeg, quality: 95) },
            { "YCbCr", static () => TiffPictures.Create(Width, Height, 8, 3, photometric: 6, YCbCr()) },
            { "CMYK", static () => TiffPictures.Create(Width, Height, 8, 4, photometric: 5, Inks()) },
            { "16-bit colours", static () => TiffPictures.Create(Width, Height, 16, 3, photometric: 2, Words(Rgb, 257)) },
            { "Lab", static () => Lab() },
            { "12 bits", static () => TiffPictures.Create(Width, Height, 12, 3, photometric: 2, Twelve()) },
        };

    [Theory]
    [MemberData(nameof(Exact))]
    public void It_has_every_pixel(string row, Func<byte[]> file) => Assert.True(Rgb.AsSpan().SequenceEqual(Decode(file()).Rgb), row);

    [Theory]
    [MemberData(nameof(ExactGray))]
    public void It_has_every_gray(string row, Func<byte[]> file) =>
        Assert.True(Gray.SelectMany(static gray => new[] { gray, gray, gray }).SequenceEqual(Decode(file()).Rgb), row);

    [Theory]
    [MemberData(nameof(NearRows))]
    public void It_is_near(string row, Func<byte[]> file)
    {
        var picture = Decode(file());
        Assert.Equal((row, Width, Height), (row, picture.Width, picture.Height));
        Assert.InRange(picture.Rgb.Zip(Rgb, static (ours, theirs) => Math.Abs(ours - theirs)).Average(), 0, Near);
    }

    [Fact]
    public void A_tile_beyond_the_file_s_end_is_damage_and_never_black()
    {
        byte[] file = TiffPictures.CreatePlanar(Width, Height, Rgb, tiles: true);
        // The tables of offsets and lengths stand behind the pixels.
        int offsets = file.AsSpan().IndexOf(Rgb.Where(static (_, i) => i % 3 == 2).ToArray()) + (Width * Height);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(offsets + 4), file.Length - 100);

        var refusal = Assert.Throws<ImageException>(() => Decode(file));

        Assert.Equal(ImageFault.Corrupt, refusal.Fault);
        Assert.Contains("a tile lies beyond the file's end", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_rare_kind_is_turned_upright_once_and_has_pages()
    {
        byte[] file = TiffPictures.Create(Width, Height, 12, 3, photometric: 2, Twelve(), (274, 6));

        var picture = Decode(file);

        Assert.Equal((Height, Width), (picture.Width, picture.Height));
        // The top left corner is now at the top right.
        Assert.Equal(Rgb[..3], picture.Rgb[((Height - 1) * 3)..(Height * 3)]);
        var refusal = Assert.Throws<CaptionOptionException>(() => Decode(file, PixelChoices.Pillow with { Frame = 1 }));
        Assert.Contains("one frame", refusal.Message, StringComparison.Ordinal);
    }

    private static UprightPixels Decode(byte[] file) => Decode(file, PixelChoices.Pillow);

    private static UprightPixels Decode(byte[] file, PixelChoices choices)
    {
        using var decoder = PictureDecoder.Open(file, PictureHeader.Read(file, new ImageLimits()), choices);
        return UprightPixels.Of(decoder, stripRows: 7);
    }

    // Colours that change slowly, so that lossy compression stays near, with an edge in the middle.
    private static byte[] Drawing()
    {
        byte[] rgb = new byte[Width * Height * 3];
        for (int i = 0; i < Width * Height; i++)
        {
            var (x, y) = (i % Width, i / Width);
            rgb[i * 3] = (byte)(40 + (x * 3));
            rgb[(i * 3) + 1] = (byte)(60 + (y * 4));
            rgb[(i * 3) + 2] = (byte)(x < Width / 2 ? 90 : 150);
        }

        return rgb;
    }

    private static byte[] Vips(byte[] samples, Enums.ForeignTiffCompression compression, bool tile = false, int? quality = null)
    {
        using var image = Image.NewFromMemoryCopy<byte>(samples, Width, Height, samples.Length / (Width * Height), Enums.BandFormat.Uchar);
        using var shown = image.Copy(interpretation: image.Bands == 1 ? Enums.Interpretation.Bw : Enums.Interpretation.Srgb);
        return shown.TiffsaveBuffer(compression: compression, tile: tile, tileWidth: 16, tileHeight: 16, q: quality);
    }

    private static byte[] Floats()
    {
        using var image = Image.NewFromMemoryCopy<byte>(Gray, Width, Height, 1, Enums.BandFormat.Uchar);
        using var floats = image.Cast(Enums.BandFormat.Float);
        return floats.TiffsaveBuffer();
    }

    private static byte[] Magick(CompressionMethod compression)
    {
        using var image = Stored();
        image.Settings.Compression = compression;
        return image.ToByteArray(MagickFormat.Tiff);
    }

    private static MagickImage Stored()
    {
        var image = new MagickImage();
        image.ReadPixels(Rgb, new PixelReadSettings(Width, Height, StorageType.Char, PixelMapping.RGB));
        return image;
    }

    private static byte[] Lab()
    {
        using var image = Stored();
        image.ColorSpace = ColorSpace.Lab;
        return image.ToByteArray(MagickFormat.Tiff);
    }

    // 255 - value without black ink: what CMYK's plain formula turns into the colours again.
    private static byte[] Inks() =>
        [
            .. Rgb.Chunk(3)
                .SelectMany(static pixel => new[] { (byte)(255 - pixel[0]), (byte)(255 - pixel[1]), (byte)(255 - pixel[2]), (byte)0 }),
        ];

    private static byte[] YCbCr() =>
        [
            .. Rgb.Chunk(3)
                .SelectMany(static pixel =>
                {
                    double y = (0.299 * pixel[0]) + (0.587 * pixel[1]) + (0.114 * pixel[2]);
                    return new[] { (byte)y, (byte)(128 + ((pixel[2] - y) * 0.564)), (byte)(128 + ((pixel[0] - y) * 0.713)) };
                }),
        ];

    private static byte[] Words(byte[] samples, int factor)
    {
        byte[] words = new byte[samples.Length * 2];
        for (int i = 0; i < samples.Length; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(words.AsSpan(i * 2), (ushort)(samples[i] * factor));
        }

        return words;
    }

    // Two samples of 12 bits in three bytes.
    private static byte[] Twelve() =>
        [
            .. Rgb.Chunk(2)
                .SelectMany(static pair =>
                {
                    int first = pair[0] * 4095 / 255;
                    int second = pair[1] * 4095 / 255;
                    return new[] { (byte)(first >> 4), (byte)((first << 4) | (second >> 8)), (byte)second };
                }),
        ];
}
