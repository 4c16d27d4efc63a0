using System.Numerics.Tensors;
using ImageToText.Captioning.Generation;
using ImageToText.Captioning.Loading;
using ImageToText.Captioning.Scheduling;
using ImageToText.Captioning.Tests.Scheduling;

namespace ImageToText.Captioning.Tests.Parity;

/// <summary>How far the starter's logits in eight bits deviate from those in float32, for the same tokens.</summary>
public sealed class EightBitLogitsTests(ITestOutputHelper output)
{
    private const int Steps = 12;

    private static readonly string[] Pictures =
    [
        "rgb.png",
        "gray.jpg",
        "thin.png",
        "baseline-420.jpg",
        "palette.png",
        "alpha.webp",
        "orientation-6.png",
    ];

    [Fact]
    public async Task Logits_in_eight_bits_point_where_those_in_float32_do()
    {
        using var cache = new TemporaryFolder();
        using var full = await LoadAsync(Precision.F32, cache.Path);
        using var eight = await LoadAsync(Precision.Int8, cache.Path);
        var cosines = new List<float>();
        foreach (string picture in Pictures)
        {
            var reference = Run(full, picture, tokens: null);
            var quantized = Run(eight, picture, reference.Tokens);
            cosines.AddRange(reference.Logits.Zip(quantized.Logits, (one, other) => TensorPrimitives.CosineSimilarity(one, other)));
        }

        output.WriteLine($"cosine of {cosines.Count} rows of logits: mean {cosines.Average():F5}, least {cosines.Min():F5}");
        Assert.Equal(Pictures.Length * Steps, cosines.Count);
        Assert.True(cosines.Min() >= 0.999, $"The least cosine is {cosines.Min():F5}.");
    }

    private static RecordingSearch Run(ModelRuntime runtime, string picture, IReadOnlyList<int>? tokens)
    {
        var search = new RecordingSearch(tokens);
        var batch = new RunningBatch(runtime.Batch, TimeProvider.System);
        batch.Join(PictureJobs.Create(runtime, picture, runtime.Prepare(new CaptionOptions()), search, CancellationToken.None));
        while (batch.Count > 0)
        {
            batch.Step();
        }

        return search;
    }

    private static Task<ModelRuntime> LoadAsync(Precision precision, string cache) =>
        ModelRuntime.LoadAsync(
            TestFiles.Starter,
            new CaptionerOptions
            {
                Provider = ProviderChoice.Cpu,
                Precision = precision,
                CacheFolder = cache,
            },
            TestContext.Current.CancellationToken
        );

    /// <summary>Feeds given tokens, or the likeliest ones, and keeps all logits.</summary>
    private sealed class RecordingSearch(IReadOnlyList<int>? given) : TokenSearch
    {
        private readonly int[] _next = new int[1];

        public List<float[]> Logits { get; } = [];

        public List<int> Tokens { get; } = [];

        public override int Rows => 1;

        public override bool IsFinished => Logits.Count == Steps;

        public override ReadOnlySpan<int> NextTokens => _next;

        public override ReadOnlySpan<int> Parents => [0];

        public override void Advance(Span<float> logits)
        {
            Logits.Add(logits.ToArray());
            _next[0] = given is null ? RowMath.IndexOfMax(logits) : given[Tokens.Count];
            Tokens.Add(_next[0]);
        }

        public override IReadOnlyList<GeneratedSequence> GetResults() => [new GeneratedSequence([.. Tokens], [], 0, FinishReason.Length)];
    }
}
