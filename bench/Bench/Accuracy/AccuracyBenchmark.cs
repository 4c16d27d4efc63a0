using System.Buffers;
using System.Numerics.Tensors;
using ImageToText.Captioning;
using ImageToText.Captioning.Generation;
using ImageToText.Captioning.Loading;
using ImageToText.Captioning.Preprocessing;
using ImageToText.Captioning.Scheduling;
using ImageToText.Captioning.Tests.Parity;

namespace ImageToText.Bench.Accuracy;

/// <summary>What eight bits change: the starter's greedy captions, and the logits at each of their tokens.</summary>
internal static class AccuracyBenchmark
{
    /// <summary>Captions the reference pictures in both number formats.</summary>
    /// <param name="starter">The starter's folder.</param>
    /// <param name="fixtures">The folder with the reference captions and their pictures.</param>
    /// <param name="most">How many of the cases to use.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<AccuracyData> RunAsync(string starter, string fixtures, int most, CancellationToken cancellationToken)
    {
        StarterCase[] cases =
        [
            .. StarterCase
                .Read(Path.Combine(fixtures, "starter-expected.json"))
                .Where(static expected => expected.NumBeams == 1)
                .Take(most),
        ];
        byte[][] pictures = cases.Select(expected => File.ReadAllBytes(Path.Combine(fixtures, "images", expected.Image))).ToArray();
        var (texts, logits) = await RunAsync(starter, Precision.F32, cases, pictures, cancellationToken);
        var (quantizedTexts, quantizedLogits) = await RunAsync(starter, Precision.Int8, cases, pictures, cancellationToken);
        double[] cosines = logits
            .Zip(quantizedLogits, static (one, other) => (double)TensorPrimitives.CosineSimilarity(one, other))
            .ToArray();
        var data = new AccuracyData(
            cases.Length,
            Same(texts),
            Same(quantizedTexts),
            cosines.Length,
            cosines.Min(),
            cosines.Average(),
            [
                .. cases
                    .Zip(quantizedTexts)
                    .Where(static pair => pair.First.Text != pair.Second)
                    .Select(static pair => new ChangedCaption(pair.First.Image, pair.First.Prompt, pair.First.Text, pair.Second)),
            ]
        );
        Console.WriteLine(
            $"of {data.Cases} greedy captions unchanged: {data.SameF32} in float32, {data.SameInt8} in eight bits "
                + $"({(double)data.SameInt8 / data.Cases:P1})"
        );
        Console.WriteLine(
            $"cosine of eight bits' logits to float32's at {data.Steps} steps: least {data.LeastCosine:F5}, mean {data.MeanCosine:F5}"
        );
        foreach (var changed in data.Changed)
        {
            Console.WriteLine($"{changed.Image} \"{changed.Prompt}\": {changed.Int8} instead of {changed.Reference}");
        }

        return data;

        int Same(IReadOnlyList<string> captions) => cases.Zip(captions).Count(static pair => pair.First.Text == pair.Second);
    }

    private static async Task<(IReadOnlyList<string> Texts, IReadOnlyList<float[]> Logits)> RunAsync(
        string starter,
        Precision precision,
        StarterCase[] cases,
        byte[][] pictures,
        CancellationToken cancellationToken
    )
    {
        var options = new CaptionerOptions { Provider = ProviderChoice.Cpu, Precision = precision };
        var texts = new List<string>();
        await using (var captioner = await Captioner.LoadAsync(starter, options, cancellationToken))
        {
            for (int i = 0; i < cases.Length; i++)
            {
                texts.Add((await captioner.CaptionAsync(pictures[i], cases[i].Request, cancellationToken)).Text);
            }
        }

        using var runtime = await ModelRuntime.LoadAsync(starter, options, cancellationToken);
        var logits = new List<float[]>();
        for (int i = 0; i < cases.Length; i++)
        {
            logits.AddRange(LogitsOf(runtime, cases[i], pictures[i], cancellationToken));
        }

        return (texts, logits);
    }

    // The reference's tokens are fed regardless of the output, so that the steps of both formats are comparable.
    private static List<float[]> LogitsOf(ModelRuntime runtime, StarterCase expected, byte[] picture, CancellationToken cancellationToken)
    {
        var preparation = runtime.Preparation;
        using var read = PictureReader.Read(picture, preparation, new ImageLimits(), TimeProvider.System, cancellationToken);
        int count = 3 * preparation.Size.Height * preparation.Size.Width;
        float[] planes = ArrayPool<float>.Shared.Rent(count);
        runtime.Normalizer.Normalize(read.Pixels.Span, planes.AsSpan(0, count));
        var search = new GivenTokens(expected.TokenIds);
        var prepared = runtime.Prepare(expected.Request);
        var batch = new RunningBatch(runtime.Batch, TimeProvider.System);
        batch.Join(
            new CaptionJob(planes, count)
            {
                StartIds = prepared.StartIds,
                EncoderIds = prepared.Prompt.EncoderIds,
                Search = search,
                CancellationToken = cancellationToken,
            }
        );
        while (!search.IsFinished)
        {
            batch.Step();
        }

        return search.Logits;
    }

    private sealed class GivenTokens(int[] tokens) : TokenSearch
    {
        private readonly int[] _next = new int[1];
        private readonly int[] _parents = new int[1];

        /// <summary>The logits before each token and after the last.</summary>
        public List<float[]> Logits { get; } = [];

        public override int Rows => 1;

        public override bool IsFinished => Logits.Count > tokens.Length;

        public override ReadOnlySpan<int> NextTokens => _next;

        public override ReadOnlySpan<int> Parents => _parents;

        public override void Advance(Span<float> logits)
        {
            Logits.Add(logits.ToArray());
            if (!IsFinished)
            {
                _next[0] = tokens[Logits.Count - 1];
            }
        }

        public override IReadOnlyList<GeneratedSequence> GetResults() => [];
    }
}

/// <summary>The figures of 'accuracy'.</summary>
/// <param name="Cases">Greedy reference captions of the starter, made by transformers in float32.</param>
/// <param name="SameF32">Captions unchanged in float32.</param>
/// <param name="SameInt8">Captions unchanged in eight bits.</param>
/// <param name="Steps">Tokens at which logits were compared.</param>
/// <param name="LeastCosine">The lowest cosine of the logits in eight bits to those in float32.</param>
/// <param name="MeanCosine">Their mean.</param>
/// <param name="Changed">Captions that eight bits change.</param>
internal sealed record AccuracyData(
    int Cases,
    int SameF32,
    int SameInt8,
    int Steps,
    double LeastCosine,
    double MeanCosine,
    IReadOnlyList<ChangedCaption> Changed
);

/// <summary>A caption that eight bits change.</summary>
internal sealed record ChangedCaption(string Image, string? Prompt, string Reference, string Int8);
