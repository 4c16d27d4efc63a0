using ImageToText.Captioning.Architectures;
using ImageToText.Captioning.Preprocessing;
using ImageToText.Captioning.Preprocessing.Resizing;
using ImageToText.ImageHeaders;
using NetVips;

namespace ImageToText.Captioning.Tests.Preprocessing;

public sealed class PicturePreparationTests
{
    private const string Rest = "\"image_mean\": [0.5, 0.5, 0.5], \"image_std\": [0.5, 0.5, 0.5]";

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 8)];

    [Theory]
    [InlineData("\"feature_extractor_type\": \"ViTFeatureExtractor\"", "224x224 of 224x224 Bilinear")]
    [InlineData("\"image_processor_type\": \"ViTImageProcessorFast\", \"size\": 96, \"resample\": 3", "96x96 of 96x96 Bicubic")]
    [InlineData("\"image_processor_type\": \"ViTImageProcessor\", \"size\": {\"height\": 32, \"width\": 100}", "100x32 of 100x32 Bilinear")]
    [InlineData(
        "\"feature_extractor_type\": \"DeiTFeatureExtractor\", \"size\": 96, \"do_center_crop\": false, \"crop_size\": 64",
        "96x96 of 96x96 Bicubic"
    )]
    [InlineData("\"feature_extractor_type\": \"DeiTFeatureExtractor\", \"size\": 256, \"crop_size\": 224", "224x224 of 256x256 Bicubic")]
    [InlineData("\"image_processor_type\": \"CLIPImageProcessor\", \"size\": 96, \"crop_size\": 64", "64x64 of 192x96 Bicubic")]
    [InlineData(
        "\"image_processor_type\": \"CLIPImageProcessor\", \"size\": {\"shortest_edge\": 50, \"longest_edge\": 80}, "
            + "\"crop_size\": {\"height\": 20, \"width\": 30}",
        "30x20 of 80x40 Bicubic"
    )]
    [InlineData("\"image_processor_type\": \"BlipImageProcessor\", \"resample\": 1", "384x384 of 384x384 Lanczos")]
    [InlineData("\"size\": {\"height\": 8, \"width\": 8}", "8x8 of 8x8 Bicubic")]
    public void Every_spelling_is_read(string keys, string expected)
    {
        var preparation = Read("preprocessor_config.json", $"{{{keys}, {Rest}}}");
        var resized = preparation.Resizes[0].SizeFor(new PixelSize(1000, 500));
        Assert.Equal(
            expected,
            $"{preparation.Size.Width}x{preparation.Size.Height} of {resized.Width}x{resized.Height} {preparation.Filter}"
        );
        Assert.Equal(1.0 / 255, preparation.RescaleFactor);
    }

    [Fact]
    public void A_processor_config_holds_it_where_there_is_no_other_file()
    {
        string json = "{\"image_processor\": {\"image_processor_type\": \"ViTImageProcessor\", \"size\": 48, " + Rest + "}}";
        Assert.Equal(new PixelSize(48, 48), Read("processor_config.json", json).Size);
    }

    [Theory]
    [InlineData("\"image_processor_type\": \"OtherImageProcessor\"", "image_processor_type is OtherImageProcessor")]
    [InlineData("\"resample\": 0", "resample is 0")]
    [InlineData("\"do_resize\": false", "do_resize is false")]
    [InlineData("\"do_pad\": true", "do_pad is true")]
    [InlineData("\"size\": {\"max_height\": 4}", "size has neither")]
    [InlineData("\"image_processor_type\": \"CLIPImageProcessor\", \"do_center_crop\": false", "do_center_crop is false")]
    public void What_is_not_supported_is_named(string keys, string expected)
    {
        string message = Assert.Throws<ModelFormatException>(() => Read("preprocessor_config.json", $"{{{keys}, {Rest}}}")).Message;
        Assert.Contains("preprocessor_config.json", message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(100, 40, 30, "35,30,0")]
    [InlineData(7, 4, 0, "1,4,0")]
    [InlineData(4, 7, 0, "0,4,2")]
    [InlineData(4, 8, 0, "0,4,2")]
    public void The_middle_is_kept_as_transformers_rounds_it(int length, int wanted, int instead, string expected)
    {
        var crop = CenterCrop.Of(length, instead > 0 ? instead : wanted);
        Assert.Equal(expected, $"{crop.First},{crop.Count},{crop.Before}");
    }

    [Theory, MemberData(nameof(Seeds))]
    public void A_part_of_a_resize_is_that_part_of_the_whole(int seed)
    {
        var random = new Random(seed);
        foreach (var filter in Enum.GetValues<ResampleFilter>())
        {
            foreach (var orientation in Enum.GetValues<ImageOrientation>())
            {
                var layout = StoredLayout.Of(random.Next(1, 90), random.Next(1, 90), orientation);
                var (width, height) = (random.Next(1, 60), random.Next(1, 60));
                var (left, top) = (random.Next(width), random.Next(height));
                var (across, down) = (random.Next(1, width - left + 1), random.Next(1, height - top + 1));
                byte[] stored = new byte[layout.Width * layout.Height * 3];
                random.NextBytes(stored);
                var (horizontal, vertical) = (ResizeAxis.Whole(layout.UprightWidth, width), ResizeAxis.Whole(layout.UprightHeight, height));
                byte[] whole = Resize(layout, filter, stored, horizontal, vertical);
                byte[] part = Resize(
                    layout,
                    filter,
                    stored,
                    horizontal with
                    {
                        First = left,
                        Count = across,
                    },
                    vertical with
                    {
                        First = top,
                        Count = down,
                    }
                );
                var expected = Enumerable.Range(top, down).SelectMany(y => whole.Skip(((y * width) + left) * 3).Take(across * 3));
                Assert.Equal(expected, part);
            }
        }
    }

    [Fact]
    public void A_picture_smaller_than_its_crop_stands_in_black()
    {
        var preparation = PicturePreparation.Square(4) with { Size = new PixelSize(7, 6) };
        using var seen = Read(ReferencePictures.Bytes("rgb.png"), preparation);
        using var inner = Read(ReferencePictures.Bytes("rgb.png"), PicturePreparation.Square(4));
        byte[] pixels = seen.Pixels.ToArray();
        for (int y = 0; y < 6; y++)
        {
            for (int x = 0; x < 7; x++)
            {
                byte[] expected = (y - 1, x - 2) is (>= 0 and < 4, >= 0 and < 4)
                    ? inner.Pixels.Slice((((y - 1) * 4) + x - 2) * 3, 3).ToArray()
                    : [0, 0, 0];
                Assert.Equal(expected, pixels[(((y * 7) + x) * 3)..][..3]);
            }
        }
    }

    [Fact]
    public void Gray_pictures_are_gray_before_they_are_resized()
    {
        // ITU-R 601, worked out by hand: red 76, green 150, blue 29, and an unchanged gray.
        byte[] gray = new byte[12];
        GrayRows.Convert([255, 0, 0, 0, 255, 0, 0, 0, 255, 77, 77, 77], gray);
        Assert.Equal([76, 76, 76, 150, 150, 150, 29, 29, 29, 77, 77, 77], gray);

        var preparation = PicturePreparation.Square(16) with { IsGray = true };
        using var seen = Read(ReferencePictures.Bytes("rgb.png"), preparation);
        using var source = Image.NewFromBuffer(ReferencePictures.Bytes("rgb.png"));
        byte[] rgb = source.WriteToMemory<byte>();
        GrayRows.Convert(rgb, rgb);
        using var converted = Image.NewFromMemoryCopy(rgb.AsSpan(), source.Width, source.Height, 3, Enums.BandFormat.Uchar);
        using var expected = Read(converted.PngsaveBuffer(), PicturePreparation.Square(16));
        Assert.Equal(expected.Pixels.ToArray(), seen.Pixels.ToArray());

        // Cached captions of the coloured picture do not belong to it.
        using var coloured = Read(ReferencePictures.Bytes("rgb.png"), PicturePreparation.Square(16));
        Assert.NotEqual(coloured.PixelHash, seen.PixelHash);
        Assert.Equal(expected.PixelHash, seen.PixelHash);
    }

    [Fact]
    public void A_line_of_text_is_squashed_and_a_thin_picture_takes_no_memory_for_what_is_cut()
    {
        // With its shortest edge at 96, the picture would be 96 x 1,536,000; only the middle is computed.
        using var thin = Image.Black(1, 16_000, bands: 3);
        var preparation = PicturePreparation.Square(96) with { Resizes = [new ShortestEdge(96, null)] };
        long before = GC.GetAllocatedBytesForCurrentThread();
        using var seen = Read(thin.PngsaveBuffer(), preparation);
        Assert.Equal(new PixelSize(96, 96), seen.Size);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64L * 1024 * 1024);

        using var line = Image.Black(2000, 32, bands: 3);
        using var squashed = Read(line.PngsaveBuffer(), PicturePreparation.Square(384));
        Assert.Equal(384 * 384 * 3, squashed.Pixels.Length);
    }

    private static byte[] Resize(StoredLayout layout, ResampleFilter filter, byte[] stored, ResizeAxis horizontal, ResizeAxis vertical)
    {
        using var resize = StreamingResize.Create(layout, filter, horizontal, vertical);
        resize.Add(stored, layout.Height);
        byte[] pixels = new byte[horizontal.Count * vertical.Count * 3];
        resize.Finish(pixels);
        return pixels;
    }

    private static PicturePreparation Read(string file, string json)
    {
        using var folder = new TemporaryFolder();
        folder.Write(file, json);
        return PicturePreparation.Read(folder.Path, ImageProcessors.All);
    }

    private static ModelPicture Read(byte[] file, PicturePreparation preparation) =>
        PictureReader.Read(
            file,
            preparation,
            new ImageLimits(),
            TimeProvider.System,
            TestContext.Current.CancellationToken,
            hashPixels: true
        );
}
