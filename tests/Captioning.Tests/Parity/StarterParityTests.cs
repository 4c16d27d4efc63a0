namespace ImageToText.Captioning.Tests.Parity;

/// <summary>The starter, compared with its own reference captions.</summary>
public sealed class StarterParityTests(ITestOutputHelper output)
{
    // A greedy step whose two best logits are closer than this may go either way.
    private const float DecisiveGap = 0.01f;

    [Fact]
    public async Task Captions_in_float32_are_the_references()
    {
        await using var captioner = await LoadAsync(Precision.F32, cache: null);
        var cases = Read();
        var captions = await CaptionAllAsync(captioner, cases);
        int same = cases.Zip(captions).Count(pair => IsReference(pair.First, pair.Second));
        output.WriteLine($"{same} of {cases.Length} captions have the reference's tokens");
        Assert.Empty(
            cases
                .Zip(captions)
                .Where(pair => (pair.First.SmallestGap ?? 1) >= DecisiveGap && !IsReference(pair.First, pair.Second))
                .Select(pair =>
                    $"{pair.First.Image} \"{pair.First.Prompt}\" beams {pair.First.NumBeams}: {pair.Second.Text} instead "
                    + $"of {pair.First.Text}"
                )
        );
    }

    [Fact]
    public async Task Nineteen_of_twenty_greedy_captions_are_unchanged_in_eight_bits()
    {
        using var cache = new TemporaryFolder();
        await using var captioner = await LoadAsync(Precision.Int8, cache.Path);
        StarterCase[] greedy = [.. Read().Where(expected => expected.NumBeams == 1)];
        var captions = await CaptionAllAsync(captioner, greedy);
        int same = greedy.Zip(captions).Count(pair => pair.First.Text == pair.Second.Text);
        output.WriteLine($"{same} of {greedy.Length} greedy captions unchanged in eight bits");
        Assert.True(same >= 0.95 * greedy.Length, $"{same} of {greedy.Length} captions are unchanged.");
    }

    private static bool IsReference(StarterCase expected, Caption caption) =>
        expected.Text == caption.Text && expected.TokenIds.SequenceEqual(caption.Sequences[0].TokenIds);

    private static Task<Caption[]> CaptionAllAsync(Captioner captioner, IReadOnlyList<StarterCase> cases) =>
        Task.WhenAll(
            cases.Select(expected =>
                captioner.CaptionAsync(
                    File.ReadAllBytes(TestFiles.Fixture($"images/{expected.Image}")),
                    expected.Request,
                    TestContext.Current.CancellationToken
                )
            )
        );

    private static Task<Captioner> LoadAsync(Precision precision, string? cache) =>
        Captioner.LoadAsync(
            TestFiles.Starter,
            new CaptionerOptions
            {
                Provider = ProviderChoice.Cpu,
                Precision = precision,
                CacheFolder = cache,
                QueueCapacity = 1000,
            },
            TestContext.Current.CancellationToken
        );

    private static StarterCase[] Read() => StarterCase.Read(TestFiles.Fixture("starter-expected.json"));
}
