using System.Security.Cryptography;
using ImageToText.Bench.Load;
using ImageToText.ImageHeaders;

namespace ImageToText.Bench.Tests.Load;

public sealed class LoadPicturesTests
{
    [Fact]
    public void No_two_are_alike_and_each_is_a_500_x_375_photograph()
    {
        var made = new LoadPictures(seed: 1);
        byte[][] pictures = [.. made.Make(40), .. made.Make(40)];
        Assert.Equal(80, pictures.Select(static picture => Convert.ToHexString(SHA256.HashData(picture))).Distinct().Count());
        Assert.All(
            pictures,
            static picture =>
            {
                var header = ImageHeaderReader.Read(picture, isComplete: true).Header;
                Assert.Equal((ImageFormat.Jpeg, 500, 375), (header.Format, header.Width, header.Height));
            }
        );
        Assert.Equal(pictures[..40], new LoadPictures(seed: 1).Make(40));
    }
}
