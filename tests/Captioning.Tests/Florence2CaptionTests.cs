using ImageToText.Fixtures;

namespace ImageToText.Captioning.Tests;

/// <summary>Florence-2 as users meet it.</summary>
public sealed class Florence2CaptionTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Regions_come_in_pixels_of_the_upright_picture_with_a_line_each()
    {
        using var folder = new TemporaryFolder();
        await using var captioner = await LoadPlacesAsync(folder);
        var caption = await captioner.CaptionAsync(Picture("orientation-6.jpg"), Detection(), Cancellation);
        Assert.Equal(FinishReason.Length, caption.Sequences[0].FinishReason);
        // One id is the first, and one closes the text: 28 places are 7 boxes.
        Assert.Equal(7, caption.Regions.Count);
        Assert.Equal(7, caption.Text.Split('\n').Length);
        Assert.All(
            caption.Regions,
            region =>
            {
                Assert.InRange(region.Left, 0, region.Right);
                Assert.InRange(region.Top, 0, region.Bottom);
                Assert.InRange(region.Right, 0, caption.Image.Width);
                Assert.InRange(region.Bottom, 0, caption.Image.Height);
            }
        );
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Streamed_lines_make_the_text(int beams)
    {
        using var folder = new TemporaryFolder();
        await using var captioner = await LoadPlacesAsync(folder);
        var pieces = new List<string>();
        Caption? whole = null;
        await foreach (var update in captioner.StreamAsync(Picture("rgb.png"), Detection() with { NumBeams = beams }, Cancellation))
        {
            pieces.Add(update.Text);
            whole = update.Caption ?? whole;
        }

        Assert.Equal(whole!.Text, string.Concat(pieces));
        Assert.Equal(whole.Text, string.Concat(whole.Sequences[0].Pieces));
        Assert.NotEmpty(whole.Regions);
        Assert.DoesNotContain('<', whole.Text);
    }

    [Fact]
    public async Task A_task_whose_answer_is_text_shows_no_places()
    {
        using var folder = new TemporaryFolder();
        await using var captioner = await LoadPlacesAsync(folder);
        var caption = await captioner.CaptionAsync(
            Picture("rgb.png"),
            new CaptionOptions { Prompt = "<OCR>", MaxNewTokens = 20 },
            Cancellation
        );
        Assert.Empty(caption.Regions);
        Assert.Equal("", caption.Text);
    }

    [Fact]
    public async Task A_second_prompt_skips_the_vision_encoder_and_changes_nothing()
    {
        await using var captioner = await LoadAsync(TestFiles.Family("florence2"));
        await using var fresh = await LoadAsync(TestFiles.Family("florence2"));
        byte[] picture = Picture("gray.jpg");
        var first = await captioner.CaptionAsync(picture, Ask("<CAPTION>"), Cancellation);
        var second = await captioner.CaptionAsync(picture, Ask("What is the dog doing?"), Cancellation);
        var expected = await fresh.CaptionAsync(picture, Ask("What is the dog doing?"), Cancellation);
        Assert.Equal((CaptionReuse.None, CaptionReuse.Embedding, CaptionReuse.None), (first.Reuse, second.Reuse, expected.Reuse));
        Assert.Equal(expected.Sequences[0].TokenIds, second.Sequences[0].TokenIds);
        Assert.Equal(expected.Sequences[0].LogProbabilities, second.Sequences[0].LogProbabilities);
        Assert.NotEqual(first.Sequences[0].LogProbabilities, second.Sequences[0].LogProbabilities);
    }

    [Fact]
    public async Task It_says_that_a_prompt_names_a_task_and_refuses_before_it_looks_at_the_picture()
    {
        await using var captioner = await LoadAsync(TestFiles.Family("florence2"));
        Assert.Equal(PromptHandling.Tasks, captioner.Model.PromptUse);
        var fault = await Assert.ThrowsAsync<CaptionOptionException>(() =>
            captioner.CaptionAsync("no picture"u8.ToArray(), Ask("<CAPTION> a dog"), Cancellation)
        );
        Assert.Equal("prompt", fault.Option);
    }

    private static CaptionOptions Detection() => new() { Prompt = "<OD>", MaxNewTokens = 30 };

    private static CaptionOptions Ask(string prompt) => new() { Prompt = prompt, MaxNewTokens = 12 };

    private static Task<Captioner> LoadPlacesAsync(TemporaryFolder folder)
    {
        string model = Path.Combine(folder.Path, "places");
        PlaceWriter.Write(TestFiles.Family("florence2-remote"), model);
        return LoadAsync(model);
    }

    private static Task<Captioner> LoadAsync(string folder) =>
        Captioner.LoadAsync(folder, new CaptionerOptions { Provider = ProviderChoice.Cpu }, Cancellation);

    private static byte[] Picture(string name) => File.ReadAllBytes(TestFiles.Fixture($"images/{name}"));
}
