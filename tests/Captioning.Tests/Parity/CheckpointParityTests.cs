namespace ImageToText.Captioning.Tests.Parity;

/// <summary>
/// Random BLIP checkpoints compared with transformers: the same ids in every mode, and the same numbers within 2e-3.
/// </summary>
public sealed class CheckpointParityTests
{
    private const int ClosingId = 3;

    public static TheoryData<string> Checkpoints => ["blip-small-f32", "blip-wide-f16-sharded"];

    [Theory]
    [MemberData(nameof(Checkpoints))]
    public async Task Every_case_alone(string checkpoint)
    {
        await using var captioner = await LoadAsync(checkpoint);
        var differences = new List<string>();
        foreach (var expected in Read(checkpoint).Cases)
        {
            var caption = await captioner.CaptionAsync(Picture(expected), expected.Request, TestContext.Current.CancellationToken);
            differences.AddRange(Differences(expected, caption));
        }

        Assert.Empty(differences);
    }

    [Theory]
    [MemberData(nameof(Checkpoints))]
    public async Task All_cases_in_one_shuffled_batch(string checkpoint)
    {
        await using var captioner = await LoadAsync(checkpoint);
        var cases = Read(checkpoint).Cases.ToArray();
        new Random(20).Shuffle(cases);
        var captions = await Task.WhenAll(
            cases.Select(expected => captioner.CaptionAsync(Picture(expected), expected.Request, TestContext.Current.CancellationToken))
        );
        Assert.Empty(cases.Zip(captions, Differences).SelectMany(differences => differences));
    }

    private static IEnumerable<string> Differences(ReferenceCaption expected, Caption caption) =>
        ReferenceDifferences.Of(expected, caption, [.. expected.GeneratedIds(ClosingId)], expected.Text);

    private static Task<Captioner> LoadAsync(string checkpoint) =>
        Captioner.LoadAsync(
            TestFiles.Fixture(checkpoint),
            new CaptionerOptions { Provider = ProviderChoice.Cpu, QueueCapacity = 1000 },
            TestContext.Current.CancellationToken
        );

    private static ReferenceCaptions Read(string checkpoint) =>
        ReferenceCaptions.Read(Path.Combine(TestFiles.Fixture(checkpoint), "expected.json"));

    private static byte[] Picture(ReferenceCaption expected) => File.ReadAllBytes(TestFiles.Fixture($"images/{expected.Image}"));
}
