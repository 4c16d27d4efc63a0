using System.Security.Cryptography;
using System.Text.Json;
using ImageToText.Captioning.Architectures;
using ImageToText.Captioning.Preprocessing;

namespace ImageToText.Captioning.Tests.Preprocessing;

/// <summary>What the models of all families see, compared with the reference's pixels.</summary>
public sealed class FamilyPixelTests
{
    public static TheoryData<string> Folders() =>
        [
            .. Directory
                .GetDirectories(TestFiles.Fixture("families"))
                .Select(folder => Path.GetFileName(folder))
                .Where(folder => File.Exists(Path.Combine(TestFiles.Fixture("families"), folder, "expected.json")))
                .Order(StringComparer.Ordinal),
        ];

    [Theory]
    [MemberData(nameof(Folders))]
    public void Pixels_are_the_reference_to_the_byte(string folder)
    {
        var preparation = PicturePreparation.Read(TestFiles.Fixture("families/" + folder), ImageProcessors.All);
        var normalizer = new PixelNormalizer(preparation.RescaleFactor, [.. preparation.Mean], [.. preparation.StandardDeviation]);
        using var expected = JsonDocument.Parse(File.ReadAllBytes(TestFiles.Fixture($"families/{folder}/expected.json")));
        JsonElement[] pictures = [.. expected.RootElement.GetProperty("pixels").EnumerateArray()];
        Assert.NotEmpty(pictures);
        Assert.All(
            pictures,
            item =>
            {
                JsonElement[] views = item.TryGetProperty("tiles", out var tiles) ? [.. tiles.EnumerateArray()] : [item];
                using var picture = PictureReader.Read(
                    ReferencePictures.Bytes(item.GetProperty("image").GetString()!),
                    preparation,
                    new ImageLimits(),
                    TimeProvider.System,
                    TestContext.Current.CancellationToken,
                    PixelChoices.Pillow
                );
                Assert.Equal(views.Length, picture.Views.Views);
                int size = 3 * preparation.Size.Width * preparation.Size.Height;
                foreach (var (index, view) in views.Index())
                {
                    var pixels = picture.Pixels.Span.Slice(index * size, size);
                    Assert.Equal(view.GetProperty("resized_sha256").GetString(), Convert.ToHexStringLower(SHA256.HashData(pixels)));

                    float[] planes = new float[size];
                    normalizer.Normalize(pixels, planes);
                    Assert.All(
                        view.GetProperty("values").EnumerateArray().Index(),
                        value => Assert.Equal(value.Item.GetSingle(), planes[value.Index], 2e-6f)
                    );
                }
            }
        );
    }
}
