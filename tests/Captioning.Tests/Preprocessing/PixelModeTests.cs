using System.Buffers.Binary;
using ImageToText.Captioning.Preprocessing;
using ImageToText.Captioning.Preprocessing.Decoding;
using ImageToText.ImageHeaders;

namespace ImageToText.Captioning.Tests.Preprocessing;

/// <summary>Kinds of pixels that the reference pictures lack. The expected values follow from Pillow's arithmetic.</summary>
public sealed class PixelModeTests
{
    [Theory, InlineData(5), InlineData(6)]
    public void Sixteen_bit_bitmaps_are_stretched_without_rounding(int greenBits)
    {
        const int Width = 256;
        const int Height = 256;
        int masks = greenBits == 6 ? 12 : 0;
        byte[] file = new byte[54 + masks + (Width * Height * 2)];
        "BM"u8.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(2), file.Length);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(10), 54 + masks);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(14), 40);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(18), Width);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(22), -Height);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(26), 1);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(28), 16);
        if (masks > 0)
        {
            BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(30), 3);
            BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(54), 0xF800);
            BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(58), 0x07E0);
            BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(62), 0x001F);
        }

        byte[] expected = new byte[Width * Height * 3];
        for (int value = 0; value < Width * Height; value++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(54 + masks + (value * 2)), (ushort)value);
            expected[value * 3] = (byte)(((value >> (5 + greenBits)) & 31) * 255 / 31);
            expected[(value * 3) + 1] = (byte)(((value >> 5) & ((1 << greenBits) - 1)) * 255 / ((1 << greenBits) - 1));
            expected[(value * 3) + 2] = (byte)((value & 31) * 255 / 31);
        }

        Assert.Equal(expected, Decode(file).Rgb);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void Sixteen_bit_gray_is_cut_at_255_also_where_one_gray_is_transparent(bool hasTransparentGray)
    {
        const int Width = 64;
        const int Height = 8;
        byte[] rows = new byte[Height * (1 + (Width * 2))];
        byte[] expected = new byte[Width * Height * 3];
        for (int i = 0; i < Width * Height; i++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(rows.AsSpan((i / Width * (1 + (Width * 2))) + 1 + (i % Width * 2)), (ushort)i);
            expected.AsSpan(i * 3, 3).Fill((byte)Math.Min(i, 255));
        }

        using var file = new PngFile(Width, Height, depth: 16);
        if (hasTransparentGray)
        {
            file.Add("tRNS"u8, [0, 7]);
        }

        Assert.Equal(expected, Decode(file.End(rows)).Rgb);
    }

    [Theory, InlineData(0, 0), InlineData(9, 4)]
    public void The_canvas_around_a_GIF_s_first_frame_has_the_palette_s_first_colour(int left, int top)
    {
        byte[] file = ReferencePictures.Bytes("still.gif");
        var whole = Decode(file);
        var (width, height) = (whole.Width + 20, whole.Height + 11);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(6), (ushort)width);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(8), (ushort)height);
        int frame = 13 + (3 << ((file[10] & 7) + 1));
        while (file[frame] == 0x21)
        {
            frame += 2;
            while (file[frame] != 0)
            {
                frame += file[frame] + 1;
            }

            frame++;
        }

        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(frame + 1), (ushort)left);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(frame + 3), (ushort)top);
        var palette = (file[frame + 9] & 0x80) != 0 ? file.AsSpan(frame + 10) : file.AsSpan(13);
        var picture = Decode(file);
        Assert.Equal((width, height), (picture.Width, picture.Height));
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                var (frameX, frameY) = (x - left, y - top);
                bool isFrame = frameX >= 0 && frameX < whole.Width && frameY >= 0 && frameY < whole.Height;
                ReadOnlySpan<byte> expected = isFrame ? whole.Rgb.AsSpan(((frameY * whole.Width) + frameX) * 3, 3) : palette[..3];
                Assert.True(expected.SequenceEqual(picture.Rgb.AsSpan(((y * width) + x) * 3, 3)), $"at {x}, {y}");
            }
        }
    }

    [Fact]
    public void TIFF_of_brightness_and_colour_differences_becomes_RGB()
    {
        // Black, white, red, green, blue and a brown, as JFIF's formulas give them.
        byte[] samples = [0, 128, 128, 255, 128, 128, 76, 85, 255, 150, 44, 21, 29, 255, 107, 90, 110, 150];
        byte[] rgb = Decode(TiffPictures.Create(6, 1, bits: 8, channels: 3, photometric: 6, samples)).Rgb;
        byte[] expected = [0, 0, 0, 255, 255, 255, 254, 0, 0, 0, 255, 1, 0, 0, 254, 121, 80, 58];
        Assert.Equal(expected, rgb);
    }

    [Fact]
    public void TIFF_of_sixteen_bit_inks_is_no_negative()
    {
        // No ink, all black, cyan, half magenta: the high bytes are used.
        ushort[] inks = [0, 0, 0, 0, 0, 0, 0, 65535, 65535, 0, 0, 0, 0, 0x8011, 0, 0];
        byte[] samples = new byte[inks.Length * 2];
        for (int i = 0; i < inks.Length; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(samples.AsSpan(i * 2), inks[i]);
        }

        byte[] rgb = Decode(TiffPictures.Create(4, 1, bits: 16, channels: 4, photometric: 5, samples)).Rgb;
        Assert.Equal((byte[])[255, 255, 255, 0, 0, 0, 0, 255, 255, 255, 127, 255], rgb);
    }

    [Fact]
    public void TIFF_whose_strip_is_missing_is_refused_and_never_black()
    {
        byte[] whole = TiffPictures.Create(64, 64, bits: 8, channels: 3, photometric: 2, new byte[64 * 64 * 3]);
        Assert.Equal(64 * 64 * 3, Decode(whole).Rgb.Length);

        // The strip is declared to lie beyond the end of the file.
        int offset = whole.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[0x11, 0x01, 4, 0]) + 8;
        BinaryPrimitives.WriteInt32LittleEndian(whole.AsSpan(offset), whole.Length - 5000);
        var refusal = Assert.Throws<ImageException>(() => Decode(whole));
        Assert.Equal(ImageFault.Corrupt, refusal.Fault);
        Assert.Contains("The TIFF picture is damaged", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TIFF_with_compression_that_the_decoder_lacks_is_refused_by_its_name()
    {
        byte[] file = TiffPictures.Create(4, 4, bits: 8, channels: 3, photometric: 2, new byte[48], (259, 34887));
        var refusal = Assert.Throws<ImageException>(() => Decode(file));
        Assert.Equal(ImageFault.UnsupportedFormat, refusal.Fault);
        Assert.Contains("LERC", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TIFF_whose_only_fault_is_an_odd_entry_passes()
    {
        byte[] samples = [1, 2, 3];
        byte[] file = TiffPictures.Create(1, 1, bits: 8, channels: 3, photometric: 2, samples, (65000, 7), (271, 3));
        Assert.Equal(samples, Decode(file).Rgb);
    }

    [Fact]
    public void AVIF_that_is_cut_and_turned_shows_the_middle_upright()
    {
        // 24 x 16 with a red frame of 4 around blue. The file says: only the blue, rotated by a quarter turn.
        var picture = Decode(File.ReadAllBytes(TestFiles.Fixture("made/turned-and-cut.avif")));
        Assert.Equal((8, 16), (picture.Width, picture.Height));
        for (int i = 0; i < picture.Rgb.Length; i += 3)
        {
            Assert.True(picture.Rgb[i] < 8 && picture.Rgb[i + 2] > 247, $"pixel {i / 3} is not blue");
        }
    }

    [Fact]
    public void AVIF_that_is_nothing_but_a_sequence_shows_its_first_picture()
    {
        var picture = Decode(File.ReadAllBytes(TestFiles.Fixture("made/sequence.avif")));
        Assert.Equal((24, 16), (picture.Width, picture.Height));
        for (int i = 0; i < picture.Rgb.Length; i += 3)
        {
            Assert.True(picture.Rgb[i] < 8 && picture.Rgb[i + 2] > 247, $"pixel {i / 3} is not blue");
        }
    }

    [Fact]
    public void A_sequence_is_turned_by_its_properties_and_not_by_the_matrix_of_its_track()
    {
        byte[] file = File.ReadAllBytes(TestFiles.Fixture("made/sequence.avif"));
        // A quarter turn, as other videos say it, which libavif doesn't read.
        int matrix = file.AsSpan().IndexOf("tkhd"u8) + 56;
        byte[] quarter = [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0];
        quarter.CopyTo(file, matrix);
        var still = Decode(file);
        Assert.Equal((24, 16), (still.Width, still.Height));

        // As libavif's encoder says it, in place of a box that nobody needs.
        int box = file.AsSpan().IndexOf("ccst"u8);
        byte[] turned = [.. "irot"u8, 1];
        turned.CopyTo(file, box);
        var picture = Decode(file);
        Assert.Equal((16, 24), (picture.Width, picture.Height));
        Assert.Equal(ImageOrientation.RotateCounterClockwise, PictureHeader.Read(file, new ImageLimits()).Orientation);
    }

    [Fact]
    public void AVIF_of_gray_and_limited_range_keeps_its_contrast()
    {
        // Black at the left, white at the right.
        var picture = Decode(File.ReadAllBytes(TestFiles.Fixture("made/gray-of-limited-range.avif")));
        Assert.Equal((24, 16), (picture.Width, picture.Height));
        Assert.Equal(0, picture.Rgb[0]);
        Assert.Equal(255, picture.Rgb[^1]);
    }

    private static UprightPixels Decode(byte[] file)
    {
        using var decoder = PictureDecoder.Open(file, PictureHeader.Read(file, new ImageLimits()), PixelChoices.Pillow);
        return UprightPixels.Of(decoder, stripRows: 7);
    }
}
