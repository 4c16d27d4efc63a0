using System.Buffers.Binary;
using System.Security.Cryptography;
using ImageToText.Captioning.Preprocessing;
using ImageToText.Captioning.Preprocessing.Decoding;

namespace ImageToText.Captioning.Tests.Preprocessing;

/// <summary>What callers choose of a picture's pixels: background, 16-bit gray, frame.</summary>
public sealed class PixelChoiceTests
{
    // Pillow's alpha_composite on a picture of the background, as RGB.
    [Theory]
    [InlineData("rgba.png", "white", "1717290cbe820f657973ed0c6e0eed906986da65e533cb37e7dc8482f16e0cc2")]
    [InlineData("rgba.png", "#3c78b4", "c159f44c447314b26a6baabf367b0f7ef2b81cc69a32c627ee61139b898a2e5f")]
    [InlineData("rgba.png", "drop", "96d33e1e87005de66971decc927d13a6742d7504c32a5f9c8abca0c84ad4af99")]
    [InlineData("gray-alpha.png", "white", "d070d83e03be83f9a69ea48edf3ca7901246a9f935381f07764453e39022e908")]
    [InlineData("gray-alpha.png", "#3c78b4", "2c4e3e747446cc7993a5f2f43c21561d318074663585744ee4f5713250f9899a")]
    [InlineData("palette-transparent.png", "white", "a277d7a61ba29e53928a706a69e6402586c214a705991397459ae6097bd4ae35")]
    [InlineData("palette-transparent.png", "#3c78b4", "9b48dfc93c83f7bb8141fca36f6b3c517dc2ca1f4fd9e4901df3daf16452bb16")]
    [InlineData("alpha.webp", "white", "3c9b79c58e2503354ede7e4a8cd5051c70b2fbb7e5625567fd01e3a0c049e405")]
    [InlineData("alpha.webp", "#3c78b4", "a76d1b56faf6f896db1f3793a671d33226f1a8de07723cdc92830742cd1f6c7e")]
    [InlineData("alpha.webp", "drop", "5051e049eba54176d08baad8860846d9bb6f9d226bee45f5bd61f6c27b32f399")]
    public void Transparency_shows_the_background_as_Pillow_s_alpha_composite_does(string file, string background, string sha256)
    {
        Assert.True(Background.TryParse(background, out var chosen));
        var picture = Decode(ReferencePictures.Bytes(file), PixelChoices.Default with { Background = chosen });
        Assert.Equal(sha256, Convert.ToHexStringLower(SHA256.HashData(picture.Rgb)));
    }

    [Fact]
    public void A_black_logo_on_nothing_is_black_on_white_unless_the_caller_chooses_otherwise()
    {
        using var png = new PngFile(2, 1, depth: 8, colour: 6);
        byte[] file = png.End([0, 0, 0, 0, 255, 0, 0, 0, 0]);
        Assert.Equal([0, 0, 0, 255, 255, 255], Decode(file, PixelChoices.Default).Rgb);
        Assert.Equal([0, 0, 0, 0, 0, 0], Decode(file, PixelChoices.Pillow).Rgb);
        Assert.Equal([0, 0, 0, 0, 0, 0], Decode(file, PixelChoices.Default with { Background = Background.Black }).Rgb);
    }

    [Fact]
    public void A_bitmap_with_alpha_is_seen_on_the_background_and_one_whose_alpha_is_all_zero_is_not_empty()
    {
        // Version 4 with masks: blue, green, red, alpha.
        byte[] file = new byte[14 + 108 + 8];
        "BM"u8.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(2), file.Length);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(10), 14 + 108);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(14), 108);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(18), 2);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(22), -1);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(26), 1);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(28), 32);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(30), 3);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(54), 0x00FF0000);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(58), 0x0000FF00);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(62), 0x000000FF);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(66), 0xFF000000);
        ((ReadOnlySpan<byte>)[30, 20, 10, 255, 60, 50, 40, 0]).CopyTo(file.AsSpan(14 + 108));
        Assert.Equal([10, 20, 30, 255, 255, 255], Decode(file, PixelChoices.Default).Rgb);
        Assert.Equal([10, 20, 30, 40, 50, 60], Decode(file, PixelChoices.Pillow).Rgb);

        file[14 + 108 + 3] = 0;
        Assert.Equal([10, 20, 30, 40, 50, 60], Decode(file, PixelChoices.Default).Rgb);
    }

    [Theory]
    [InlineData(2, new byte[] { 10, 20, 30, 255, 255, 255 })]
    [InlineData(0, new byte[] { 10, 20, 30, 40, 50, 60 })]
    public void A_TIFF_s_fourth_channel_is_alpha_only_if_the_file_says_so(int extraSamples, byte[] expected)
    {
        byte[] samples = [10, 20, 30, 255, 40, 50, 60, 0];
        byte[] file = TiffPictures.Create(2, 1, bits: 8, channels: 4, photometric: 2, samples, (338, extraSamples));
        Assert.Equal(expected, Decode(file, PixelChoices.Default).Rgb);
    }

    [Fact]
    public void Sixteen_bit_gray_is_scaled_unless_the_caller_wants_it_cut()
    {
        byte[] file = ReferencePictures.Bytes("gray16.png");
        // Pillow's values, divided by 256.
        const string scaled = "caa72c05af5f432fd529825a1889fa509fbb973b452baea1c3adaf2ed5ab8852";
        Assert.Equal(scaled, Convert.ToHexStringLower(SHA256.HashData(Decode(file, PixelChoices.Default).Rgb)));
        var clipped = Decode(file, PixelChoices.Default with { SixteenBit = SixteenBit.Clip });
        Assert.Equal(ReferencePictures.Named("gray16.png").RgbSha256, Convert.ToHexStringLower(SHA256.HashData(clipped.Rgb)));
    }

    [Theory]
    [InlineData("blank-first.gif")]
    [InlineData("blank-first.webp")]
    public void An_animation_is_shown_by_its_first_frame_of_more_than_one_colour(string name)
    {
        // All white, all black, a red square on white, green and blue.
        byte[] file = File.ReadAllBytes(TestFiles.Fixture($"made/{name}"));
        Assert.Equal([255, 0, 0], PixelAt(Decode(file, PixelChoices.Default), 6, 6));
        Assert.Equal([255, 255, 255], PixelAt(Decode(file, Frame(0)), 6, 6));
        Assert.Equal([0, 0, 0], PixelAt(Decode(file, Frame(1)), 6, 6));
        Assert.Equal([255, 255, 255], PixelAt(Decode(file, Frame(2)), 0, 0));
        Assert.Equal([0, 255, 0], PixelAt(Decode(file, Frame(3)), 1, 1));
        Assert.Equal([0, 0, 255], PixelAt(Decode(file, Frame(3)), 6, 6));

        var refusal = Assert.Throws<CaptionOptionException>(() => Decode(file, Frame(4)));
        Assert.Equal("frame", refusal.Option);
        Assert.Equal("frame is 4, and this picture has 4: give 0 to 3.", refusal.Message);
    }

    [Theory]
    [InlineData("rgb.png")]
    [InlineData("baseline-420.jpg")]
    [InlineData("rgb24.bmp")]
    public void A_still_picture_has_one_frame(string name)
    {
        byte[] file = ReferencePictures.Bytes(name);
        Assert.Equal(Decode(file, PixelChoices.Default).Rgb, Decode(file, Frame(0)).Rgb);
        Assert.Equal("frame", Assert.Throws<CaptionOptionException>(() => Decode(file, Frame(1))).Option);
    }

    [Fact]
    public void A_page_of_another_size_than_the_first_is_refused_because_the_first_set_the_price()
    {
        byte[] file = ReferencePictures.Bytes("pages.tiff");
        Assert.Equal(Decode(file, PixelChoices.Default).Rgb, Decode(file, Frame(0)).Rgb);
        var refusal = Assert.Throws<CaptionOptionException>(() => Decode(file, Frame(1)));
        Assert.Contains("127 x 120 pixels, and the first 131 x 95", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("#FF8800", true)]
    [InlineData("white", true)]
    [InlineData("#ff880", false)]
    [InlineData("#ff88001", false)]
    [InlineData("ff8800", false)]
    [InlineData("# f8800", false)]
    [InlineData("red", false)]
    [InlineData(null, false)]
    public void A_background_is_a_word_or_six_digits(string? text, bool isOne) => Assert.Equal(isOne, Background.TryParse(text, out _));

    private static PixelChoices Frame(int frame) => PixelChoices.Default with { Frame = frame };

    private static byte[] PixelAt(UprightPixels picture, int x, int y) => picture.Rgb[(((y * picture.Width) + x) * 3)..][..3];

    private static UprightPixels Decode(byte[] file, PixelChoices choices)
    {
        using var decoder = PictureDecoder.Open(file, PictureHeader.Read(file, new ImageLimits()), choices);
        return UprightPixels.Of(decoder, stripRows: 7);
    }
}
