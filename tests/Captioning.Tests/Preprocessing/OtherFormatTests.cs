using System.Text;
using ImageToText.Captioning.Preprocessing;
using ImageToText.Captioning.Preprocessing.Decoding;
using ImageToText.ImageHeaders;

namespace ImageToText.Captioning.Tests.Preprocessing;

/// <summary>The formats of phones, editors and desktops: a red and a blue square on colours that change slowly.</summary>
public sealed class OtherFormatTests
{
    private static readonly string[] Names =
    [
        "squares.heic",
        "squares.jxl",
        "in-container.jxl",
        "turned.jxl",
        "squares.jp2",
        "squares.j2k",
        "squares.psd",
        "squares.ico",
        "alpha.tga",
        "squares.ppm",
    ];

    public static TheoryData<string> Files { get; } = [.. Names];

    [Theory]
    [InlineData("squares.heic", ImageFormat.Heic, 64, 48)]
    [InlineData("squares.jxl", ImageFormat.JpegXl, 64, 48)]
    [InlineData("in-container.jxl", ImageFormat.JpegXl, 64, 48)]
    [InlineData("squares.jp2", ImageFormat.Jpeg2000, 64, 48)]
    [InlineData("squares.j2k", ImageFormat.Jpeg2000, 64, 48)]
    [InlineData("squares.psd", ImageFormat.Psd, 64, 48)]
    [InlineData("alpha.tga", ImageFormat.Tga, 64, 48)]
    [InlineData("squares.ppm", ImageFormat.Pnm, 64, 48)]
    public void It_is_read_with_its_size_and_colours(string name, ImageFormat format, int width, int height)
    {
        byte[] file = Bytes(name);
        Assert.Equal(format, PictureHeader.Read(file, new ImageLimits()).Format);
        var picture = Decode(file, PixelChoices.Default);
        Assert.Equal((width, height), (picture.Width, picture.Height));
        Assert.True(IsNear([255, 0, 0], picture, 12, 12), "the red square");
        Assert.True(IsNear([0, 0, 255], picture, 50, 34), "the blue square");
    }

    [Fact]
    public void A_picture_that_says_it_lies_on_its_side_is_upright()
    {
        // A quarter turn clockwise: the red square's corner is now at the top right.
        var picture = Decode(Bytes("turned.jxl"), PixelChoices.Default);
        Assert.Equal((48, 64), (picture.Width, picture.Height));
        Assert.True(IsNear([255, 0, 0], picture, 48 - 12, 12), "the red square");
        Assert.True(IsNear([0, 0, 255], picture, 48 - 34, 50), "the blue square");
    }

    [Theory]
    [InlineData("irot", 1, 48, 64, 12, 51)]
    [InlineData("irot", 2, 64, 48, 51, 35)]
    [InlineData("irot", 3, 48, 64, 35, 12)]
    [InlineData("imir", 0, 64, 48, 12, 35)]
    [InlineData("imir", 1, 64, 48, 51, 12)]
    public void HEIC_that_is_turned_or_mirrored_is_upright_once(string property, byte value, int width, int height, int redX, int redY)
    {
        // In the place of a property that decoders don't need.
        byte[] file = Bytes("squares.heic");
        int at = file.AsSpan().IndexOf("pixi"u8);
        Encoding.ASCII.GetBytes(property).CopyTo(file, at);
        file[at + 4] = value;

        var picture = Decode(file, PixelChoices.Default);

        Assert.Equal((width, height), (picture.Width, picture.Height));
        Assert.True(IsNear([255, 0, 0], picture, redX, redY), "the red square");
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Decoding_that_takes_too_long_is_given_up(string name)
    {
        var limits = new ImageLimits { MaxDecodeTime = TimeSpan.FromSeconds(1), TimeSetting = "Some:Setting" };
        var refusal = Assert.Throws<ImageException>(() =>
            PictureReader.Read(Bytes(name), 96, limits, new HurriedClock(), TestContext.Current.CancellationToken)
        );
        Assert.Equal(ImageFault.TooLarge, refusal.Fault);
        Assert.Contains("takes longer than 1 s (Some:Setting)", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_icon_s_largest_picture_is_read()
    {
        var picture = Decode(Bytes("squares.ico"), PixelChoices.Default);
        Assert.Equal((48, 48), (picture.Width, picture.Height));
        Assert.True(IsNear([255, 0, 0], picture, 9, 12), "the red square");
    }

    [Fact]
    public void Transparency_shows_the_background()
    {
        Assert.True(IsNear([255, 255, 255], Decode(Bytes("alpha.tga"), PixelChoices.Default), 30, 12));
        Assert.True(IsNear([0, 0, 0], Decode(Bytes("alpha.tga"), PixelChoices.Pillow), 30, 12));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_part_of_a_file_is_read_or_refused(string name)
    {
        byte[] file = Bytes(name);
        for (int length = 1; length < file.Length; length += Math.Max(1, file.Length / 40))
        {
            try
            {
                Decode(file[..length], PixelChoices.Default);
            }
            catch (ImageException)
            {
                // As it should be.
            }
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void It_can_be_switched_off(string name)
    {
        byte[] file = Bytes(name);
        var format = PictureHeader.Read(file, new ImageLimits()).Format;
        var refusal = Assert.Throws<ImageException>(() => PictureHeader.Read(file, new ImageLimits { RefusedFormats = [format] }));
        Assert.Equal(ImageFault.UnsupportedFormat, refusal.Fault);
        Assert.Contains("switched off", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Too_many_pixels_are_refused_by_the_header(string name) =>
        Assert.Equal(
            ImageFault.TooLarge,
            Assert.Throws<ImageException>(() => PictureHeader.Read(Bytes(name), new ImageLimits { MaxPixels = 2000 })).Fault
        );

    private static bool IsNear(byte[] colour, UprightPixels picture, int x, int y)
    {
        const int tolerance = 12;
        int at = ((y * picture.Width) + x) * 3;
        return Enumerable.Range(0, 3).All(i => Math.Abs(picture.Rgb[at + i] - colour[i]) <= tolerance);
    }

    private static byte[] Bytes(string name) => File.ReadAllBytes(TestFiles.Fixture($"made/{name}"));

    private static UprightPixels Decode(byte[] file, PixelChoices choices)
    {
        using var decoder = PictureDecoder.Open(file, PictureHeader.Read(file, new ImageLimits()), choices);
        return UprightPixels.Of(decoder, stripRows: 7);
    }

    /// <summary>A minute passes between any two looks at it.</summary>
    private sealed class HurriedClock : TimeProvider
    {
        private long _now;

        public override long GetTimestamp() => Interlocked.Add(ref _now, 60 * TimestampFrequency);
    }
}
