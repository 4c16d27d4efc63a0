using System.Security.Cryptography;
using ImageToText.Captioning.Imaging;
using ImageToText.Fixtures;
using NetVips;

namespace ImageToText.Captioning.Tests.Imaging;

public sealed class PictureReaderTests
{
    public static TheoryData<string> Pictures => [.. ReferencePictures.All.Select(picture => picture.File)];

    [Theory, MemberData(nameof(Pictures))]
    public void Sees_what_Pillow_sees(string file)
    {
        var reference = ReferencePictures.Named(file);
        using var small = Read(ReferencePictures.Bytes(file), 96);
        using var large = Read(ReferencePictures.Bytes(file), 384);
        Assert.Equal((reference.Width, reference.Height), (large.Info.Width, large.Info.Height));
        if (reference.Exact)
        {
            Assert.Equal(reference.Resized96Sha256, Convert.ToHexStringLower(SHA256.HashData(small.Pixels.Span)));
            Assert.Equal(reference.Resized384Sha256, Convert.ToHexStringLower(SHA256.HashData(large.Pixels.Span)));
        }
        else
        {
            using var expected = Image.NewFromFile(ReferencePictures.PathOf("resized96", file + ".png"));
            var pixels = expected.WriteToMemory<byte>();
            var difference = small.Pixels.ToArray().Zip(pixels, (ours, theirs) => Math.Abs(ours - theirs)).Average();
            Assert.InRange(difference, 0, 1.5);
        }
    }

    private static ModelPicture Read(byte[] file, int size) =>
        PictureReader.Read(file, size, new ImageLimits(), TimeProvider.System, TestContext.Current.CancellationToken);
}
