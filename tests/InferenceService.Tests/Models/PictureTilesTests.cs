using ImageToText.Captioning;

namespace ImageToText.InferenceService.Tests.Models;

/// <summary>What a node announces of a model that cuts pictures into tiles is what the engine works through.</summary>
public sealed class PictureTilesTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "Fixtures", "families", "smolvlm-tiles");

    [Fact]
    public async Task The_announced_tiles_give_the_pixels_that_the_engine_works_through()
    {
        await using var captioner = await Captioner.LoadAsync(
            Folder,
            new CaptionerOptions { Provider = ProviderChoice.Cpu },
            TestContext.Current.CancellationToken
        );
        var cut = captioner.Model.Tiles!;
        var announced = new Contracts.Prices.PictureTiles(cut.Side, cut.LongestEdge);
        var random = new Random(3);
        for (int i = 0; i < 20_000; i++)
        {
            // Sizes of all magnitudes, extreme shapes included.
            int width = (int)Math.Pow(10, random.NextDouble() * 4.5);
            int height = random.Next(3) == 0 ? width : (int)Math.Pow(10, random.NextDouble() * 4.5);
            Assert.True(
                captioner.WorkPixels(width, height) == announced.WorkPixels(width, height),
                $"{width} x {height}: {captioner.WorkPixels(width, height)}, announced {announced.WorkPixels(width, height)}"
            );
        }
    }

    [Theory]
    [InlineData("smolvlm-tiles", null, true)]
    [InlineData("smolvlm-tiles", false, false)]
    [InlineData("smolvlm", null, false)]
    [InlineData("smolvlm", true, true)]
    [InlineData("git-base", null, false)]
    [InlineData("no-such-model", null, false)]
    public void Tiles_are_known_before_a_model_is_loaded(string model, bool? asked, bool cut)
    {
        var tiles = ModelFamilies.TilesOf(Path.Combine(Path.GetDirectoryName(Folder)!, model), asked);
        Assert.Equal(cut ? 64 : null, tiles?.Side);
    }
}
