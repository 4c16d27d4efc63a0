using ImageToText.Captioning.Loading;
using ImageToText.Captioning.Preprocessing;

namespace ImageToText.Captioning.Tests.Architectures;

/// <summary>SmolVLM's conversations: what the caller's words can be, what ends an answer, how a picture is seen.</summary>
public sealed class Idefics3Tests
{
    private const string Whole = "smolvlm";
    private const string Tiles = "smolvlm-tiles";

    [Theory]
    [InlineData("<image>")]
    [InlineData("<end_of_utterance>")]
    [InlineData("<row_1_col_1>")]
    [InlineData("<fake_token_around_image>")]
    [InlineData("<|im_start|>")]
    [InlineData("<global-img>")]
    public async Task What_looks_like_a_control_token_is_plain_characters(string mark)
    {
        using var runtime = await LoadAsync(TestFiles.Family(Tiles));
        Assert.True(runtime.Tokenizer.TryGetId(mark, out int id));
        var plain = runtime.Prepare(new CaptionOptions { Prompt = "x" });
        var marked = runtime.Prepare(new CaptionOptions { Prompt = $"x{mark}" });
        Assert.Equal(plain.Prompt.PrefixIds, marked.Prompt.PrefixIds);
        Assert.Equal(plain.StartIds.Count(other => other == id), marked.StartIds.Count(other => other == id));
        Assert.True(marked.StartIds.Length > plain.StartIds.Length);
    }

    [Fact]
    public async Task What_ends_a_turn_ends_the_text_also_where_no_file_says_so()
    {
        using var folder = Copy(Whole, ("generation_config.json", "{\"bos_token_id\": 1, \"eos_token_id\": 0}"));
        await using var captioner = await Captioner.LoadAsync(
            folder.Path,
            new CaptionerOptions { Provider = ProviderChoice.Cpu },
            TestContext.Current.CancellationToken
        );
        await using var told = await Captioner.LoadAsync(
            TestFiles.Family(Whole),
            new CaptionerOptions { Provider = ProviderChoice.Cpu },
            TestContext.Current.CancellationToken
        );
        var options = new CaptionOptions
        {
            Prompt = "Can you describe this image?",
            NumBeams = 3,
            MaxNewTokens = 20,
        };
        byte[] picture = await File.ReadAllBytesAsync(TestFiles.Fixture("images/baseline-420.jpg"), TestContext.Current.CancellationToken);
        var caption = await captioner.CaptionAsync(picture, options, TestContext.Current.CancellationToken);
        var expected = await told.CaptionAsync(picture, options, TestContext.Current.CancellationToken);
        Assert.Equal(FinishReason.Stop, caption.Sequences[0].FinishReason);
        Assert.Equal(expected.Text, caption.Text);
        Assert.DoesNotContain("utterance", caption.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_chat_template_is_refused_by_name()
    {
        using var folder = Copy(Whole, ("chat_template.json", "{\"chat_template\": \"{{ messages[0]['content'] }}\"}"));
        var refusal = await Assert.ThrowsAsync<ModelFormatException>(() => LoadAsync(folder.Path));
        Assert.Contains("chat_template.json", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("is unknown", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_chat_template_is_refused_too()
    {
        using var folder = Copy(Whole, ("chat_template.json", "{}"));
        var refusal = await Assert.ThrowsAsync<ModelFormatException>(() => LoadAsync(folder.Path));
        Assert.Contains("no chat template", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_question_too_long_for_the_context_is_refused_with_the_longest_that_fits()
    {
        using var runtime = await LoadAsync(TestFiles.Family(Tiles));
        var views = runtime.ViewsOf(await PictureAsync("baseline-420.jpg"), new ImageLimits());
        string Words(int count) => string.Concat(Enumerable.Repeat("a", count));
        var refusal = Assert.Throws<CaptionOptionException>(() => runtime.Prepare(new CaptionOptions { Prompt = Words(4000) }, views));
        Assert.Equal("prompt", refusal.Option);
        int longest = int.Parse(refusal.Message.Split("has room for ")[1].Split('.')[0], System.Globalization.CultureInfo.InvariantCulture);
        int fits = Enumerable.Range(1, 4000).Last(count => runtime.Tokenizer.Encode(Words(count)).Length <= longest);
        runtime.Prepare(new CaptionOptions { Prompt = Words(fits) }, views);
        Assert.Throws<CaptionOptionException>(() => runtime.Prepare(new CaptionOptions { Prompt = Words(fits + 1) }, views));
    }

    [Theory]
    [InlineData(Tiles, null, 10)]
    [InlineData(Tiles, false, 1)]
    [InlineData(Whole, null, 1)]
    [InlineData(Whole, true, 5)]
    public async Task Tiles_or_one_view_is_a_choice(string checkpoint, bool? tiles, int views)
    {
        using var runtime = await LoadAsync(TestFiles.Family(checkpoint), tiles);
        Assert.Equal(views, runtime.ViewsOf(await PictureAsync("baseline-420.jpg"), new ImageLimits()).Views);
        Assert.Equal(tiles is null, !runtime.Model.Revision.Contains('-', StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1, 1, 3, 3)]
    [InlineData(4000, 1, 1, 3)]
    [InlineData(1, 4000, 3, 1)]
    [InlineData(640, 480, 3, 3)]
    [InlineData(300, 100, 1, 3)]
    public async Task Pictures_of_every_shape_have_whole_tiles(int width, int height, int rows, int columns)
    {
        using var runtime = await LoadAsync(TestFiles.Family(Tiles));
        var views = runtime.Preparation.ViewsOf(new(width, height));
        Assert.Equal((rows, columns), (views.Rows, views.Columns));
    }

    [Fact]
    public async Task A_picture_of_one_pixel_is_as_much_work_as_its_views()
    {
        await using var captioner = await Captioner.LoadAsync(
            TestFiles.Family(Tiles),
            new CaptionerOptions { Provider = ProviderChoice.Cpu },
            TestContext.Current.CancellationToken
        );
        Assert.Equal(10, captioner.Model.MaxViews);
        Assert.Equal(10 * 64 * 64, captioner.WorkPixels(1, 1));
        Assert.Equal(4 * 64 * 64, captioner.WorkPixels(300, 100));
    }

    [Fact]
    public async Task A_length_chooses_the_question_and_does_not_go_with_another()
    {
        using var runtime = await LoadAsync(TestFiles.Family(Whole));
        int[][] asked =
        [
            .. new CaptionLength?[] { null, CaptionLength.Short, CaptionLength.Long }.Select(length =>
                runtime.Prepare(new CaptionOptions { Length = length }).StartIds
            ),
        ];
        Assert.Equal(3, asked.Select(static ids => string.Join(' ', ids)).Distinct().Count());
        var refusal = Assert.Throws<CaptionOptionException>(() =>
            runtime.Prepare(new CaptionOptions { Length = CaptionLength.Long, Prompt = "Why?" })
        );
        Assert.Equal("caption_length", refusal.Option);
    }

    private static Task<byte[]> PictureAsync(string name) =>
        File.ReadAllBytesAsync(TestFiles.Fixture($"images/{name}"), TestContext.Current.CancellationToken);

    private static TemporaryFolder Copy(string checkpoint, params ReadOnlySpan<(string File, string Text)> changed)
    {
        var folder = new TemporaryFolder();
        foreach (string file in Directory.GetFiles(TestFiles.Family(checkpoint)))
        {
            File.Copy(file, Path.Combine(folder.Path, Path.GetFileName(file)));
        }

        foreach (var (file, text) in changed)
        {
            File.WriteAllText(Path.Combine(folder.Path, file), text);
        }

        return folder;
    }

    private static Task<ModelRuntime> LoadAsync(string folder, bool? tiles = null) =>
        ModelRuntime.LoadAsync(
            folder,
            new CaptionerOptions { Provider = ProviderChoice.Cpu, Tiles = tiles },
            TestContext.Current.CancellationToken
        );
}
