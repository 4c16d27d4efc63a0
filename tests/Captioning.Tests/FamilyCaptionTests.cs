using System.Buffers.Binary;
using ImageToText.Captioning.Loading;

namespace ImageToText.Captioning.Tests;

/// <summary>The encoder-decoder families as users see them.</summary>
public sealed class FamilyCaptionTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_prompt_that_is_continued_is_what_the_text_starts_with_and_is_streamed_first()
    {
        const string prompt = " catly";
        await using var captioner = await LoadAsync("vit-gpt2");
        Assert.Equal(PromptHandling.Continues, captioner.Model.PromptUse);
        var options = new CaptionOptions { Prompt = prompt, MaxNewTokens = 6 };
        var whole = await captioner.CaptionAsync(Picture("rgb.png"), options, Cancellation);
        Assert.StartsWith(prompt.Trim(), whole.Text, StringComparison.Ordinal);
        var pieces = new List<string>();
        await foreach (var update in captioner.StreamAsync(Picture("rgb.png"), options, Cancellation))
        {
            pieces.Add(update.Text);
        }

        Assert.Equal(whole.Text, string.Concat(pieces));
    }

    // WordPiece has no letters for these; the other vocabularies have all bytes.
    [Theory]
    [InlineData("git-base", "a photo of Жук")]
    [InlineData("git-base", "北京")]
    [InlineData("git-base", "Café [SEP] de")]
    [InlineData("../blip-small-f32", "a photo of Жук")]
    [InlineData("../blip-small-f32", "🙂")]
    [InlineData("vit-gpt2", "a photo of Жук 北京 🙂")]
    [InlineData("blip2-opt", "a photo of Жук 北京 🙂")]
    public async Task A_prompt_with_letters_outside_the_vocabulary_is_shown_as_it_was_typed(string checkpoint, string prompt)
    {
        await using var captioner = await LoadAsync(checkpoint);
        foreach (string picture in (string[])["rgb.png", "gray.jpg", "thin.png"])
        {
            var options = new CaptionOptions { Prompt = $" {prompt} ", MaxNewTokens = 8 };
            var whole = await captioner.CaptionAsync(Picture(picture), options, Cancellation);
            Assert.StartsWith(prompt, whole.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("##", whole.Text, StringComparison.Ordinal);
            Assert.Equal(prompt + string.Concat(whole.Sequences[0].Pieces), whole.Text);
            var pieces = new List<string>();
            await foreach (var update in captioner.StreamAsync(Picture(picture), options, Cancellation))
            {
                pieces.Add(update.Text);
            }

            Assert.Equal(prompt, pieces[0]);
            Assert.Equal(whole.Text, string.Concat(pieces));
        }
    }

    [Fact]
    public async Task Two_prompts_whose_letters_are_both_unknown_are_two_captions_for_a_cache()
    {
        using var runtime = await ModelRuntime.LoadAsync(
            TestFiles.Family("git-base"),
            new CaptionerOptions { Provider = ProviderChoice.Cpu },
            Cancellation
        );
        var (one, other) = (
            runtime.Prepare(new CaptionOptions { Prompt = "a 北" }),
            runtime.Prepare(new CaptionOptions { Prompt = "a 京" })
        );
        Assert.Equal(one.StartIds, other.StartIds);
        Assert.NotEqual(one.Canonical, other.Canonical);
    }

    [Theory]
    [InlineData("trocr-learned")]
    [InlineData("vit-bert")]
    public async Task A_model_that_reads_text_takes_no_prompt(string checkpoint)
    {
        await using var captioner = await LoadAsync(checkpoint);
        Assert.Equal(PromptHandling.None, captioner.Model.PromptUse);
        var refused = await Assert.ThrowsAsync<CaptionOptionException>(() =>
            captioner.CaptionAsync(Picture("rgb.png"), new CaptionOptions { Prompt = "stand" }, Cancellation)
        );
        Assert.Equal("prompt", refused.Option);
        Assert.Contains(captioner.Model.Id, refused.Message, StringComparison.Ordinal);
        var blank = await captioner.CaptionAsync(Picture("rgb.png"), new CaptionOptions { Prompt = " ", MaxNewTokens = 2 }, Cancellation);
        Assert.NotEmpty(blank.Sequences);
    }

    [Fact]
    public async Task A_model_with_captions_of_one_length_refuses_another_by_name()
    {
        await using var captioner = await LoadAsync("vit-gpt2");
        var refused = await Assert.ThrowsAsync<CaptionOptionException>(() =>
            captioner.CaptionAsync(Picture("rgb.png"), new CaptionOptions { Length = CaptionLength.Long }, Cancellation)
        );
        Assert.Equal("caption_length", refused.Option);
        Assert.Contains(captioner.Model.Id, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "Nothing says which languages")]
    [InlineData("fr", "writes these languages: fr.")]
    public async Task A_model_refuses_a_language_that_it_is_not_said_to_write(string? written, string words)
    {
        var options = new CaptionerOptions { Provider = ProviderChoice.Cpu, Languages = written is null ? null : [written] };
        await using var captioner = await LoadAsync("vit-gpt2", options);
        var refused = await Assert.ThrowsAsync<CaptionOptionException>(() =>
            captioner.CaptionAsync(Picture("rgb.png"), new CaptionOptions { Language = "en" }, Cancellation)
        );
        Assert.Equal("language", refused.Option);
        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_line_of_text_is_squashed_into_the_square()
    {
        await using var captioner = await LoadAsync("trocr-learned");
        var caption = await captioner.CaptionAsync(Line(2000, 32), new CaptionOptions { MaxNewTokens = 4 }, Cancellation);
        Assert.Equal((2000, 32), (caption.Image.Width, caption.Image.Height));
        Assert.NotEmpty(caption.Sequences[0].TokenIds);
    }

    [Fact]
    public async Task Without_colours_a_picture_gives_what_its_gray_copy_gives_under_a_revision_of_its_own()
    {
        await using var captioner = await LoadAsync("vit-bert");
        await using var gray = await LoadAsync("vit-bert", new CaptionerOptions { Gray = true, Provider = ProviderChoice.Cpu });
        Assert.Equal($"{captioner.Model.Revision}-gray", gray.Model.Revision);
        Assert.Equal(await TextAsync(captioner, "gray.png"), await TextAsync(gray, "gray.png"));
        Assert.NotEqual(await TextAsync(captioner, "rgb.png"), await TextAsync(gray, "rgb.png"));
    }

    [Fact]
    public async Task Characters_that_are_tokens_stand_without_blanks_in_details_too()
    {
        await using var captioner = await LoadAsync("vit-bert");
        var caption = await captioner.CaptionAsync(
            Picture("rgb.png"),
            new CaptionOptions { NumBeams = 3, NumReturnSequences = 3 },
            Cancellation
        );
        Assert.All(
            caption.Sequences,
            static sequence =>
            {
                Assert.DoesNotContain(' ', sequence.Text);
                Assert.Equal(sequence.Text, string.Concat(sequence.Pieces));
            }
        );
    }

    private static async Task<string> TextAsync(Captioner captioner, string picture) =>
        (await captioner.CaptionAsync(Picture(picture), null, Cancellation)).Text;

    private static Task<Captioner> LoadAsync(string checkpoint, CaptionerOptions? options = null) =>
        Captioner.LoadAsync(TestFiles.Family(checkpoint), options ?? new CaptionerOptions { Provider = ProviderChoice.Cpu }, Cancellation);

    private static byte[] Picture(string name) => File.ReadAllBytes(TestFiles.Fixture($"images/{name}"));

    // A BMP of 24 bits with a wave of gray.
    private static byte[] Line(int width, int height)
    {
        const int header = 54;
        int stride = ((width * 3) + 3) / 4 * 4;
        byte[] bytes = new byte[header + (stride * height)];
        "BM"u8.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(2), bytes.Length);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(10), header);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(14), 40);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(18), width);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(22), height);
        bytes[26] = 1;
        bytes[28] = 24;
        for (int i = header; i < bytes.Length; i++)
        {
            bytes[i] = (byte)(i * 7);
        }

        return bytes;
    }
}
