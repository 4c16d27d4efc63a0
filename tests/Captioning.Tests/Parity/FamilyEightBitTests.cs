using System.Numerics.Tensors;
using ImageToText.Captioning.Generation;
using ImageToText.Captioning.Loading;
using ImageToText.Captioning.Scheduling;
using ImageToText.Captioning.Tests.Scheduling;

namespace ImageToText.Captioning.Tests.Parity;

/// <summary>
/// What eight bits change in each family: the first logits of a picture, and greedy captions. The weights are random, so many
/// steps are close calls; a trained checkpoint changes less.
/// </summary>
public sealed class FamilyEightBitTests(ITestOutputHelper output)
{
    // Layers with a gate multiply two rounded numbers, which doubles the loss with random weights.
    private static double LeastCosine(string checkpoint) => checkpoint.StartsWith("smolvlm", StringComparison.Ordinal) ? 0.996 : 0.998;

    [Theory]
    [MemberData(nameof(FamilyParityTests.Checkpoints), MemberType = typeof(FamilyParityTests))]
    public async Task First_logits_in_eight_bits_point_where_those_in_float32_do(string checkpoint)
    {
        using var cache = new TemporaryFolder();
        using var full = await LoadAsync(checkpoint, Precision.F32, cache.Path);
        using var eight = await LoadAsync(checkpoint, Precision.Int8, cache.Path);
        var cases = ReferenceCaptions.Read(Path.Combine(TestFiles.Family(checkpoint), "expected.json")).Cases;
        ReferenceCaption[] greedy = [.. cases.Where(static expected => expected.Mode is "greedy")];
        var (same, cosines) = (0, new List<float>());
        foreach (var expected in greedy)
        {
            var (logits, ids) = await RunAsync(full, expected);
            var (quantizedLogits, quantizedIds) = await RunAsync(eight, expected);
            cosines.Add(TensorPrimitives.CosineSimilarity(logits, quantizedLogits));
            same += ids.SequenceEqual(quantizedIds) ? 1 : 0;
        }

        output.WriteLine(
            $"{checkpoint}: cosine of {cosines.Count} first logits: mean {cosines.Average():F5}, least "
                + $"{cosines.Min():F5}; {same} of {greedy.Length} greedy captions unchanged"
        );
        Assert.NotEmpty(cosines);
        Assert.True(cosines.Min() >= LeastCosine(checkpoint), $"The least cosine is {cosines.Min():F5}.");
    }

    private static async Task<(float[] Logits, int[] Ids)> RunAsync(ModelRuntime runtime, ReferenceCaption expected)
    {
        var prepared = PictureJobs.Prepare(runtime, expected.Image, expected.Request);
        var search = new FirstStepLogits(prepared.Search);
        var job = PictureJobs.Create(runtime, expected.Image, prepared, search, CancellationToken.None);
        var batch = new RunningBatch(runtime.Batch, TimeProvider.System);
        batch.Join(job);
        while (batch.Count > 0)
        {
            batch.Step();
        }

        return (search.Logits, (await job.Completion).Sequences[0].TokenIds);
    }

    private static Task<ModelRuntime> LoadAsync(string checkpoint, Precision precision, string cache) =>
        ModelRuntime.LoadAsync(
            TestFiles.Family(checkpoint),
            new CaptionerOptions
            {
                Provider = ProviderChoice.Cpu,
                Precision = precision,
                CacheFolder = cache,
            },
            TestContext.Current.CancellationToken
        );

    /// <summary>A search that keeps the logits of its first step.</summary>
    private sealed class FirstStepLogits(TokenSearch search) : TokenSearch
    {
        public float[] Logits { get; private set; } = [];

        public override int Rows => search.Rows;

        public override bool IsFinished => search.IsFinished;

        public override ReadOnlySpan<int> NextTokens => search.NextTokens;

        public override ReadOnlySpan<int> Parents => search.Parents;

        public override void Advance(Span<float> logits)
        {
            Logits = Logits.Length > 0 ? Logits : logits.ToArray();
            search.Advance(logits);
        }

        public override IReadOnlyList<GeneratedSequence> GetResults() => search.GetResults();
    }
}
