using System.Buffers.Binary;
using System.Text;

namespace ImageToText.ImageHeaders.Tests;

/// <summary>Headers that the reference pictures do not have, each written out by its format's rules: 300 x 200 stored.</summary>
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
                Expect(ImageFormat.Tiff, orientation, Tiff(isBigEndian, isBigTiff, orientation));
            }
        }
    }

    [Theory, MemberData(nameof(Orientations))]
    public void WebP_with_Exif_behind_its_pixels(int orientation)
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
    public void PNG_with_Exif_before_or_behind_its_pixels(int orientation)
    {
        byte[] start = [0x89, .. "PNG\r\n\u001a\n"u8, .. Chunk("IHDR", [0, 0, 1, 44, 0, 0, 0, 200, 8, 2, 0, 0, 0])];
        byte[] exif = Chunk("eXIf", Tiff(isBigEndian: false, isBigTiff: false, orientation));
        byte[] pixels = Chunk("IDAT", new byte[100]);
        byte[] end = Chunk("IEND", []);
        Expect(ImageFormat.Png, orientation, [.. start, .. exif, .. pixels, .. end]);
        Expect(ImageFormat.Png, orientation, [.. start, .. pixels, .. exif, .. end]);

        // A gateway that has not seen the end goes by what came before the pixels.
        var early = ImageHeaderReader.Read([.. start, .. pixels, .. exif], isComplete: false);
        Assert.Equal((300, 200), (early.Header.Width, early.Header.Height));

        static byte[] Chunk(string type, byte[] data)
        {
            byte[] length = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(length, data.Length);
            return [.. length, .. Encoding.ASCII.GetBytes(type), .. data, 0, 0, 0, 0];
        }
    }

    [Theory, MemberData(nameof(Orientations))]
    public void JPEG_with_orientation_in_XMP_and_filling_between_segments(int orientation)
    {
        byte[] xmp = Encoding.ASCII.GetBytes(
            $"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta><rdf:Description tiff:Orientation=\"{orientation}\"/></x:xmpmeta>"
        );
        byte[] frame = [0xFF, 0xC2, 0, 17, 8, 0, 200, 1, 44, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1];
        byte[] scan = [0xFF, 0xDA, 0, 12];
        byte[] app1 = [0xFF, 0xFF, 0xFF, 0xE1, 0, (byte)(xmp.Length + 2), .. xmp];
        Expect(ImageFormat.Jpeg, orientation, [0xFF, 0xD8, .. app1, .. frame, .. scan]);
        Expect(ImageFormat.Jpeg, orientation, [0xFF, 0xD8, .. frame, .. app1, .. scan]);

        // Where both speak, Exif does.
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
    public void AVIF_turned_by_quarters_then_mirrored(int quarters, int mirror, int orientation)
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
    public void BMP_of_OS2_and_stored_from_the_top()
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
    public void GIF_whose_first_frame_reaches_beyond_its_canvas()
    {
        byte[] file = [.. "GIF89a"u8, 10, 0, 10, 0, 0, 0, 0, 0x21, 0xFE, 2, 1, 2, 0, 0x2C, 100, 0, 50, 0, 200, 0, 150, 0, 0];
        Expect(ImageFormat.Gif, 1, file);
    }

    private static void Expect(ImageFormat format, int orientation, byte[] file)
    {
        var result = ImageHeaderReader.Read(file, isComplete: true);
        Assert.Equal(ImageHeaderStatus.Found, result.Status);
        Assert.Equal((format, (ImageOrientation)orientation), (result.Header.Format, result.Header.Orientation));
        Assert.Equal(orientation >= 5 ? (200, 300) : (300, 200), (result.Header.Width, result.Header.Height));
        Assert.Equal((300, 200), (result.Header.StoredWidth, result.Header.StoredHeight));
    }

    /// <summary>A directory of width, height and orientation; also an Exif block.</summary>
    private static byte[] Tiff(bool isBigEndian, bool isBigTiff, int orientation)
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
        Write(3, isBigTiff ? 8 : 2);
        foreach (var (tag, value) in ((int, int)[])[(256, 300), (257, 200), (274, orientation)])
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
