namespace ImageToText.Captioning.Tests.Parity;

/// <summary>
/// Random checkpoints of the encoder-decoder families compared with transformers: the same ids and text in every mode, alone,
/// streamed and in one batch; the same numbers within 2e-3.
/// </summary>
public sealed class FamilyParityTests(ITestOutputHelper output)
{
    public static TheoryData<string> Checkpoints { get; } =
    [
        "vit-gpt2",
        "vit-gpt2-narrow",
        "trocr-learned",
        "trocr-sinusoidal",
        "trocr-deit",
        "vit-bert",
        "vit-bert-sharded",
        "florence2",
        "florence2-remote",
        "git-base",
        "smolvlm",
        "smolvlm-tiles",
        "blip2-opt",
    ];

    [Theory]
    [MemberData(nameof(Checkpoints))]
    public async Task Every_case_alone(string checkpoint)
    {
        await using var captioner = await LoadAsync(checkpoint);
        var differences = new List<string>();
        var cases = Read(checkpoint);
        foreach (var expected in cases)
        {
            var caption = await captioner.CaptionAsync(
                Picture(expected),
                Request(expected, captioner),
                TestContext.Current.CancellationToken
            );
            differences.AddRange(Differences(expected, caption));
        }

        output.WriteLine($"{checkpoint}: {cases.Length} cases");
        Assert.Empty(differences);
    }

    [Theory]
    [MemberData(nameof(Checkpoints))]
    public async Task All_cases_in_one_shuffled_batch(string checkpoint)
    {
        await using var captioner = await LoadAsync(checkpoint);
        var cases = Read(checkpoint);
        new Random(20).Shuffle(cases);
        var captions = await Task.WhenAll(
            cases.Select(expected =>
                captioner.CaptionAsync(Picture(expected), Request(expected, captioner), TestContext.Current.CancellationToken)
            )
        );
        Assert.Empty(cases.Zip(captions, Differences).SelectMany(differences => differences));
    }

    // If a prompt is read beside the picture, the picture's keys and values are computed one request at a time.
    [Fact]
    public async Task Pictures_encoded_in_one_run_are_read_each_with_its_own_prompt()
    {
        await using var captioner = await LoadAsync("florence2", picturesAtOnce: 4);
        ReferenceCaption[] cases = [.. Read("florence2").Where(static expected => expected.Mode is "greedy" or "beam3")];
        new Random(4).Shuffle(cases);
        var captions = await Task.WhenAll(
            cases.Select(expected =>
                captioner.CaptionAsync(Picture(expected), Request(expected, captioner), TestContext.Current.CancellationToken)
            )
        );
        Assert.Empty(cases.Zip(captions, Differences).SelectMany(differences => differences));
    }

    [Theory]
    [MemberData(nameof(Checkpoints))]
    public async Task Streamed_pieces_make_the_text(string checkpoint)
    {
        await using var captioner = await LoadAsync(checkpoint);
        foreach (var expected in Read(checkpoint).Where(static expected => expected.Mode is "greedy" or "beam3"))
        {
            var pieces = new List<string>();
            Caption? whole = null;
            await foreach (
                var update in captioner.StreamAsync(Picture(expected), Request(expected, captioner), TestContext.Current.CancellationToken)
            )
            {
                pieces.Add(update.Text);
                whole = update.Caption ?? whole;
            }

            Assert.Equal(expected.TextWithoutSpaces ?? expected.Text, string.Concat(pieces));
            Assert.Equal(whole!.Text, string.Concat(pieces));
            // The prompt is not among the pieces.
            Assert.EndsWith(string.Concat(whole.Sequences[0].Pieces), whole.Text, StringComparison.Ordinal);
        }
    }

    private static IEnumerable<string> Differences(ReferenceCaption expected, Caption caption)
    {
        var best = caption.Sequences[0];
        // The ids after the start, without the closing one: only the last may close, and it has a probability, too.
        int[] ids = expected.Sequence[expected.StartIds.Length..^(best.LogProbabilities.Count - best.TokenIds.Count)];
        return ReferenceDifferences.Of(expected, caption, ids, expected.TextWithoutSpaces ?? expected.Text);
    }

    // If a checkpoint sets no length, transformers' default is 20 new tokens.
    private static CaptionOptions Request(ReferenceCaption expected, Captioner captioner) =>
        expected.Mode is "defaults"
            ? new CaptionOptions
            {
                Prompt = expected.Prompt,
                MaxNewTokens = SaysLength(captioner.Model.Id) ? null : 20,
                SuppressDefectWords = false,
                Background = Background.Drop,
                SixteenBit = SixteenBit.Clip,
                Frame = 0,
            }
            : expected.Request;

    private static bool SaysLength(string checkpoint) => checkpoint is "vit-gpt2-narrow" or "vit-bert" or "vit-bert-sharded";

    private static Task<Captioner> LoadAsync(string checkpoint, int? picturesAtOnce = null) =>
        Captioner.LoadAsync(
            TestFiles.Family(checkpoint),
            new CaptionerOptions
            {
                Provider = ProviderChoice.Cpu,
                QueueCapacity = 1000,
                MaxEncodingBatch = picturesAtOnce,
            },
            TestContext.Current.CancellationToken
        );

    private static ReferenceCaption[] Read(string checkpoint) =>
        [.. ReferenceCaptions.Read(Path.Combine(TestFiles.Family(checkpoint), "expected.json")).Cases];

    private static byte[] Picture(ReferenceCaption expected) => File.ReadAllBytes(TestFiles.Fixture($"images/{expected.Image}"));
}
