using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace ImageToText.ImageHeaders.Tests;

/// <summary>Headers that the reference pictures don't have, each built by its format's rules with a stored size of 300 x 200.</summary>
public sealed class ConstructedHeaderTests
{
    public static TheoryData<int> Orientations => [.. Enumerable.Range(1, 8)];

    [Theory, MemberData(nameof(Orientations))]
    public void TIFF_in_both_byte_orders_and_big(int orientation)
    {
        foreach (bool isBigEndian in (ReadOnlySpan<bool>)[false, true])
        {
            foreach (bool isBigTiff in (ReadOnlySpan<bool>)[false, true])
            {
                Expect(ImageFormat.Tiff, orientation, Tiff(isBigEndian, isBigTiff, orientation, (258, 8), (262, 2)));
            }
        }
    }

    [Theory]
    [InlineData("a TIFF picture with JBIG compression", 259, 34661)]
    [InlineData("a TIFF picture with JPEG 2000 compression", 259, 34712)]
    [InlineData("a TIFF picture with LERC compression", 259, 34887)]
    [InlineData("a TIFF picture with old JPEG compression", 259, 6, 322, 16)]
    [InlineData("a TIFF picture in the Lab colours of ICC or ITU", 262, 9)]
    [InlineData("a TIFF picture of 11 bits a channel", 258, 11)]
    [InlineData("a TIFF picture that does not say what its values mean", 262, -1)]
    public void TIFF_of_an_unsupported_kind(string name, params int[] tags)
    {
        var others = new SortedDictionary<int, int> { [258] = 8, [262] = 2 };
        for (int i = 0; i < tags.Length; i += 2)
        {
            others[tags[i]] = tags[i + 1];
        }

        byte[] file = Tiff(
            isBigEndian: false,
            isBigTiff: false,
            orientation: 1,
            [.. others.Where(static tag => tag.Value >= 0).Select(static tag => (tag.Key, tag.Value))]
        );
        var result = ImageHeaderReader.Read(file, isComplete: true);
        Assert.Equal(ImageHeaderStatus.Unsupported, result.Status);
        Assert.StartsWith(name, result.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 1, StoredSamples.YCbCr)]
    [InlineData(1, 2, StoredSamples.AsShown)]
    [InlineData(7, 1, StoredSamples.AsShown)]
    public void TIFF_says_whether_luma_and_chroma_are_stored(int compression, int subsampling, StoredSamples samples)
    {
        byte[] file = Tiff(isBigEndian: false, isBigTiff: false, 1, (258, 8), (259, compression), (262, 6), (530, subsampling));
        // The entry has two values: horizontal and vertical.
        int entry = file.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x12, 0x02, 3, 0]);
        file[entry + 4] = 2;
        file[entry + 10] = (byte)subsampling;
        Assert.Equal(samples, ImageHeaderReader.Read(file, isComplete: true).Header.Samples);
    }

    [Theory, MemberData(nameof(Orientations))]
    public void PNG_with_Exif_as_text_as_older_tools_write_it(int orientation)
    {
        byte[] exif = [.. "Exif\0\0"u8, .. Tiff(isBigEndian: true, isBigTiff: false, orientation)];
        byte[] text = Encoding.ASCII.GetBytes(
            $"\nexif\n{exif.Length, 8}\n{Convert.ToHexStringLower(exif, 0, 36)}\n{Convert.ToHexStringLower(exif, 36, exif.Length - 36)}\n"
        );
        byte[] start = [0x89, .. "PNG\r\n\u001a\n"u8, .. PngChunk("IHDR", [0, 0, 1, 44, 0, 0, 0, 200, 8, 2, 0, 0, 0])];
        byte[] rest = [.. PngChunk("IDAT", new byte[100]), .. PngChunk("IEND", [])];
        byte[] keyword = [.. "Raw profile type exif\0"u8];
        Expect(ImageFormat.Png, orientation, [.. start, .. PngChunk("tEXt", [.. keyword, .. text]), .. rest]);
        Expect(ImageFormat.Png, orientation, [.. start, .. PngChunk("zTXt", [.. keyword, 0, .. Compressed(text)]), .. rest]);
        Expect(ImageFormat.Png, orientation, [.. start, .. PngChunk("iTXt", [.. keyword, 1, 0, 0, 0, .. Compressed(text)]), .. rest]);

        // A dedicated chunk takes precedence, wherever it is.
        byte[] upright = PngChunk("eXIf", Tiff(isBigEndian: false, isBigTiff: false, orientation: 1));
        Expect(ImageFormat.Png, 1, [.. start, .. PngChunk("tEXt", [.. keyword, .. text]), .. upright, .. rest]);
    }

    [Theory, MemberData(nameof(Orientations))]
    public void PNG_with_compressed_XMP(int orientation)
    {
        byte[] xmp = Encoding.ASCII.GetBytes($"<x:xmpmeta><rdf:Description tiff:Orientation=\"{orientation}\"/></x:xmpmeta>");
        byte[] start = [0x89, .. "PNG\r\n\u001a\n"u8, .. PngChunk("IHDR", [0, 0, 1, 44, 0, 0, 0, 200, 8, 2, 0, 0, 0])];
        byte[] rest = [.. PngChunk("IDAT", new byte[100]), .. PngChunk("IEND", [])];
        byte[] chunk = PngChunk("iTXt", [.. "XML:com.adobe.xmp\0"u8, 1, 0, 0, 0, .. Compressed(xmp)]);
        Expect(ImageFormat.Png, orientation, [.. start, .. chunk, .. rest]);
    }

    [Fact]
    public void PNG_text_that_inflates_endlessly_or_not_at_all_leaves_the_picture_upright()
    {
        byte[] start = [0x89, .. "PNG\r\n\u001a\n"u8, .. PngChunk("IHDR", [0, 0, 1, 44, 0, 0, 0, 200, 8, 2, 0, 0, 0])];
        byte[] rest = [.. PngChunk("IDAT", new byte[100]), .. PngChunk("IEND", [])];
        byte[] bomb = Compressed(new byte[50_000_000]);
        byte[] keyword = [.. "Raw profile type exif\0"u8];
        foreach (
            byte[] text in (byte[][])
                [
                    [.. keyword, 0, .. bomb],
                    [.. keyword, 0, 1, 2, 3],
                    keyword,
                    [.. keyword, 0],
                ]
        )
        {
            Expect(ImageFormat.Png, 1, [.. start, .. PngChunk("zTXt", text), .. rest]);
        }
    }

    [Theory, MemberData(nameof(Orientations))]
    public void WebP_with_Exif_after_its_pixels(int orientation)
    {
        byte[] exif = Tiff(isBigEndian: true, isBigTiff: false, orientation);
        byte[] file =
        [
            .. "RIFF\0\0\0\0WEBP"u8,
            .. Chunk("VP8X", [0x08, 0, 0, 0, 299 & 0xFF, 299 >> 8, 0, 199, 0, 0]),
            .. Chunk("VP8L", new byte[333]),
            .. Chunk("EXIF", exif),
        ];
        Expect(ImageFormat.WebP, orientation, file);
        Assert.Equal(ImageHeaderStatus.NeedMoreBytes, ImageHeaderReader.Read(file.AsSpan(0, file.Length - 9), isComplete: false).Status);

        static byte[] Chunk(string type, byte[] data)
        {
            byte[] length = new byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(length, data.Length);
            return [.. Encoding.ASCII.GetBytes(type), .. length, .. data, .. new byte[data.Length & 1]];
        }
    }

    [Theory, MemberData(nameof(Orientations))]
    public void PNG_with_Exif_before_or_after_its_pixels(int orientation)
    {
        byte[] start = [0x89, .. "PNG\r\n\u001a\n"u8, .. PngChunk("IHDR", [0, 0, 1, 44, 0, 0, 0, 200, 8, 2, 0, 0, 0])];
        byte[] exif = PngChunk("eXIf", Tiff(isBigEndian: false, isBigTiff: false, orientation));
        byte[] pixels = PngChunk("IDAT", new byte[100]);
        byte[] end = PngChunk("IEND", []);
        Expect(ImageFormat.Png, orientation, [.. start, .. exif, .. pixels, .. end]);
        Expect(ImageFormat.Png, orientation, [.. start, .. pixels, .. exif, .. end]);

        // A gateway that hasn't seen the end uses what came before the pixels.
        var early = ImageHeaderReader.Read([.. start, .. pixels, .. exif], isComplete: false);
        Assert.Equal((300, 200), (early.Header.Width, early.Header.Height));
    }

    [Theory, MemberData(nameof(Orientations))]
    public void JPEG_with_orientation_in_XMP_and_fill_bytes_between_segments(int orientation)
    {
        byte[] xmp = Encoding.ASCII.GetBytes(
            $"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta><rdf:Description tiff:Orientation=\"{orientation}\"/></x:xmpmeta>"
        );
        byte[] frame = [0xFF, 0xC2, 0, 17, 8, 0, 200, 1, 44, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1];
        byte[] scan = [0xFF, 0xDA, 0, 12];
        byte[] app1 = [0xFF, 0xFF, 0xFF, 0xE1, 0, (byte)(xmp.Length + 2), .. xmp];
        Expect(ImageFormat.Jpeg, orientation, [0xFF, 0xD8, .. app1, .. frame, .. scan]);
        Expect(ImageFormat.Jpeg, orientation, [0xFF, 0xD8, .. frame, .. app1, .. scan]);

        // If both are present, Exif wins.
        byte[] exif = [.. "Exif\0\0"u8, .. Tiff(isBigEndian: false, isBigTiff: false, orientation: 1)];
        Expect(ImageFormat.Jpeg, 1, [0xFF, 0xD8, 0xFF, 0xE1, 0, (byte)(exif.Length + 2), .. exif, .. app1, .. frame, .. scan]);
    }

    [Theory]
    [InlineData(0, -1, 1)]
    [InlineData(1, -1, 8)]
    [InlineData(2, -1, 3)]
    [InlineData(3, -1, 6)]
    [InlineData(0, 0, 4)]
    [InlineData(0, 1, 2)]
    [InlineData(1, 0, 5)]
    [InlineData(1, 1, 7)]
    [InlineData(2, 0, 2)]
    [InlineData(2, 1, 4)]
    [InlineData(3, 0, 7)]
    [InlineData(3, 1, 5)]
    public void AVIF_rotated_by_quarter_turns_then_mirrored(int quarters, int mirror, int orientation)
    {
        byte[] properties =
        [
            .. Box("ispe", [0, 0, 0, 0, 0, 0, 0, 160, 0, 0, 0, 160]),
            .. Box("ispe", [0, 0, 0, 0, 0, 0, 1, 44, 0, 0, 0, 200]),
            .. Box("irot", [(byte)quarters]),
            .. Box("imir", [(byte)Math.Max(mirror, 0)]),
        ];
        // Item 1 is a thumbnail, item 2 the picture.
        byte[] associations =
            mirror < 0
                ? [0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 1, 1, 0, 2, 2, 2, 0x83]
                : [0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 1, 1, 0, 2, 3, 2, 0x83, 0x84];
        byte[] file =
        [
            .. Box("ftyp", [.. "avif\0\0\0\0mif1"u8]),
            .. Box(
                "meta",
                [0, 0, 0, 0, .. Box("pitm", [0, 0, 0, 0, 0, 2]), .. Box("iprp", [.. Box("ipco", properties), .. Box("ipma", associations)])]
            ),
            .. Box("mdat", new byte[64]),
        ];
        Expect(ImageFormat.Avif, orientation, file);

        static byte[] Box(string type, byte[] data)
        {
            byte[] length = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(length, data.Length + 8);
            return [.. length, .. Encoding.ASCII.GetBytes(type), .. data];
        }
    }

    [Fact]
    public void BMP_for_OS2_and_stored_top_down()
    {
        byte[] os2 = [.. "BM"u8, .. new byte[12], 12, 0, 0, 0, 44, 1, 200, 0, 1, 0, 24, 0];
        Expect(ImageFormat.Bmp, 1, os2);
        byte[] windows = new byte[54];
        "BM"u8.CopyTo(windows);
        windows[14] = 40;
        BinaryPrimitives.WriteInt32LittleEndian(windows.AsSpan(18), 300);
        BinaryPrimitives.WriteInt32LittleEndian(windows.AsSpan(22), -200);
        Expect(ImageFormat.Bmp, 1, windows);
        BinaryPrimitives.WriteInt32LittleEndian(windows.AsSpan(18), -300);
        Assert.Equal(ImageHeaderStatus.Damaged, ImageHeaderReader.Read(windows, isComplete: true).Status);
    }

    [Fact]
    public void GIF_whose_first_frame_extends_beyond_its_canvas()
    {
        byte[] file = [.. "GIF89a"u8, 10, 0, 10, 0, 0, 0, 0, 0x21, 0xFE, 2, 1, 2, 0, 0x2C, 100, 0, 50, 0, 200, 0, 150, 0, 0];
        Expect(ImageFormat.Gif, 1, file);
    }

    private static byte[] PngChunk(string type, byte[] data)
    {
        byte[] length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, data.Length);
        return [.. length, .. Encoding.ASCII.GetBytes(type), .. data, 0, 0, 0, 0];
    }

    private static byte[] Compressed(byte[] data)
    {
        using var stream = new MemoryStream();
        using (var compressing = new ZLibStream(stream, CompressionLevel.Optimal))
        {
            compressing.Write(data);
        }

        return stream.ToArray();
    }

    private static void Expect(ImageFormat format, int orientation, byte[] file)
    {
        var result = ImageHeaderReader.Read(file, isComplete: true);
        Assert.Equal(ImageHeaderStatus.Found, result.Status);
        Assert.Equal((format, (ImageOrientation)orientation), (result.Header.Format, result.Header.Orientation));
        Assert.Equal(orientation >= 5 ? (200, 300) : (300, 200), (result.Header.Width, result.Header.Height));
        Assert.Equal((300, 200), (result.Header.StoredWidth, result.Header.StoredHeight));
    }

    /// <summary>A directory with width, height and orientation. It doubles as an Exif block.</summary>
    private static byte[] Tiff(bool isBigEndian, bool isBigTiff, int orientation, params (int Tag, int Value)[] others)
    {
        using var stream = new MemoryStream();
        stream.Write(isBigEndian ? "MM"u8 : "II"u8);
        Write(isBigTiff ? 43 : 42, 2);
        if (isBigTiff)
        {
            Write(8, 2);
            Write(0, 2);
        }

        int word = isBigTiff ? 8 : 4;
        Write(isBigTiff ? 16 : 8, word);
        Write(3 + others.Length, isBigTiff ? 8 : 2);
        foreach (var (tag, value) in ((int, int)[])[(256, 300), (257, 200), .. others, (274, orientation)])
        {
            Write(tag, 2);
            Write(3, 2);
            Write(1, word);
            Write(value, 2);
            Write(0, word - 2);
        }

        Write(0, word);
        return stream.ToArray();

        void Write(long value, int bytes)
        {
            for (int i = 0; i < bytes; i++)
            {
                stream.WriteByte((byte)(value >> (8 * (isBigEndian ? bytes - 1 - i : i))));
            }
        }
    }
}
