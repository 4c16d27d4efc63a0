using System.Security.Cryptography;
using ImageToText.Captioning.Preprocessing;
using ImageToText.Captioning.Preprocessing.Decoding;
using NetVips;

namespace ImageToText.Captioning.Tests.Preprocessing;

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
            byte[] pixels = expected.WriteToMemory<byte>();
            double difference = small.Pixels.ToArray().Zip(pixels, (ours, theirs) => Math.Abs(ours - theirs)).Average();
            Assert.InRange(difference, 0, 1.5);
        }
    }

    [Theory, MemberData(nameof(Pictures))]
    public void Every_pixel_is_Pillow_s_before_resizing(string file)
    {
        var reference = ReferencePictures.Named(file);
        byte[] bytes = ReferencePictures.Bytes(file);
        foreach (int stripRows in (ReadOnlySpan<int>)[7, 64])
        {
            using var decoder = PictureDecoder.Open(bytes, PictureHeader.Read(bytes, new ImageLimits()), PixelChoices.Pillow);
            var picture = UprightPixels.Of(decoder, stripRows);
            Assert.Equal((reference.Width, reference.Height), (picture.Width, picture.Height));
            if (reference.Exact)
            {
                Assert.Equal(reference.RgbSha256, Convert.ToHexStringLower(SHA256.HashData(picture.Rgb)));
            }
        }
    }

    [Fact]
    public void The_pixel_hash_is_of_the_pixels_and_not_of_the_file()
    {
        byte[] picture = ReferencePictures.Bytes("rgb.png");
        using var image = Image.NewFromBuffer(picture);
        using var smaller = image.Crop(0, 0, image.Width, image.Height - 1);
        byte[] hash = HashOf(picture, 96);
        Assert.Equal(32, hash.Length);
        Assert.Equal(hash, HashOf(image.PngsaveBuffer(compression: 1, filter: Enums.ForeignPngFilter.None), 96));
        Assert.Equal(hash, HashOf(image.WebpsaveBuffer(lossless: true), 384));
        Assert.Equal(hash, HashOf(image.TiffsaveBuffer(compression: Enums.ForeignTiffCompression.Lzw), 96));
        Assert.NotEqual(hash, HashOf(smaller.PngsaveBuffer(), 96));

        // The same bytes in another shape, and the same picture mirrored by its tag, are different pictures.
        byte[] row = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
        Assert.NotEqual(HashOf(Png(row, 4, 1), 96), HashOf(Png(row, 2, 2), 96));
        Assert.NotEqual(HashOf(Jpeg(orientation: 1), 96), HashOf(Jpeg(orientation: 2), 96));
        using var unasked = Read(picture, 96);
        Assert.Null(unasked.PixelHash);

        static byte[] Png(byte[] rgb, int width, int height)
        {
            using var image = Image.NewFromMemoryCopy(rgb.AsSpan(), width, height, 3, Enums.BandFormat.Uchar);
            return image.PngsaveBuffer();
        }

        byte[] Jpeg(int orientation)
        {
            using var turned = image.Mutate(mutable => mutable.Set(GValue.GIntType, "orientation", orientation));
            return turned.JpegsaveBuffer();
        }
    }

    [Fact]
    public void The_preview_is_what_the_model_sees()
    {
        byte[] file = ReferencePictures.Bytes("orientation-6.jpg");
        using var seen = Read(file, 96);
        using var output = new MemoryStream();
        var info = PicturePreview.WritePng(file, 96, new ImageLimits(), output);
        using var preview = Image.NewFromBuffer(output.ToArray());
        Assert.Equal((96, 96, 3), (preview.Width, preview.Height, preview.Bands));
        Assert.Equal(seen.Pixels.ToArray(), preview.WriteToMemory<byte>());
        Assert.Equal(seen.Info, info);
    }

    [Fact]
    public void Disposing_twice_gives_the_pixels_back_once()
    {
        var picture = Read(ReferencePictures.Bytes("rgb.png"), 96);
        picture.Dispose();
        picture.Dispose();
        Assert.Throws<ObjectDisposedException>(() => picture.Pixels);
    }

    private static byte[] HashOf(byte[] file, int size)
    {
        using var picture = PictureReader.Read(
            file,
            size,
            new ImageLimits(),
            TimeProvider.System,
            TestContext.Current.CancellationToken,
            hashPixels: true
        );
        return picture.PixelHash!;
    }

    private static ModelPicture Read(byte[] file, int size) =>
        PictureReader.Read(file, size, new ImageLimits(), TimeProvider.System, TestContext.Current.CancellationToken, PixelChoices.Pillow);
}
