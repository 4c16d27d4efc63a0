using ImageToText.Captioning.Preprocessing;
using NetVips;

namespace ImageToText.Captioning.Tests.Preprocessing;

public sealed class PictureThumbnailTests
{
    [Theory]
    [InlineData("orientation-6.jpg")]
    [InlineData("thin.png")]
    [InlineData("one-pixel.png")]
    [InlineData("photo.avif")]
    [InlineData("gray.bmp")]
    public void A_small_copy_is_an_upright_jpeg_in_the_pictures_proportions(string name)
    {
        byte[] file = File.ReadAllBytes(TestFiles.Fixture($"images/{name}"));
        var header = PictureHeader.Read(file, new ImageLimits());
        using var copy = Image.NewFromBuffer(PictureThumbnail.Make(file, 40, new ImageLimits(), TestContext.Current.CancellationToken));
        int longer = Math.Max(header.Width, header.Height);
        double scale = Math.Min(1, 40.0 / longer);
        Assert.Equal(Math.Min(40, longer), Math.Max(copy.Width, copy.Height));
        Assert.InRange(copy.Width, Math.Max(1, (header.Width * scale) - 0.5), Math.Max(1, (header.Width * scale) + 0.5));
        Assert.InRange(copy.Height, Math.Max(1, (header.Height * scale) - 0.5), Math.Max(1, (header.Height * scale) + 0.5));
        Assert.Equal("jpegload_buffer", copy.Get("vips-loader"));
    }

    [Fact]
    public void What_is_no_picture_has_no_small_copy() =>
        Assert.Throws<ImageException>(() =>
            PictureThumbnail.Make("text"u8.ToArray(), 40, new ImageLimits(), TestContext.Current.CancellationToken)
        );
}
