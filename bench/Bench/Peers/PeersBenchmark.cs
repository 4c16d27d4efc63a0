using System.Diagnostics;
using ImageToText.Bench.Engine;
using ImageToText.Bench.Load;
using ImageToText.Captioning;
using ImageToText.Captioning.Execution;
using Microsoft.Extensions.Logging.Abstractions;

namespace ImageToText.Bench.Peers;

/// <summary>The settings of 'peers'.</summary>
/// <param name="Folders">The model folders.</param>
/// <param name="Python">The Python program, which may have transformers.</param>
/// <param name="Script">The script that it runs.</param>
/// <param name="Image">The picture.</param>
/// <param name="Rounds">Captions of each kind.</param>
internal sealed record PeersPlan(IReadOnlyList<string> Folders, string Python, string Script, string Image, int Rounds);

/// <summary>Captions with the product and, if available, with transformers, alternately on the same folders.</summary>
internal sealed class PeersBenchmark(PeersPlan plan)
{
    private const int Tokens = 20;
    private const int Beams = 4;

    /// <summary>Callers whose tokens are counted together.</summary>
    public const int Callers = 8;

    // Greedy captions of known pictures whose tokens are counted, for each caller.
    private const int CountedCaptions = 3;

    // Both number formats are loaded at once, and transformers beside them.
    private const int ShareOfMemory = 4;

    /// <summary>Asks for a caption of exactly this many tokens.</summary>
    public static CaptionOptions Request(int beams, int tokens) =>
        new()
        {
            NumBeams = beams,
            MinNewTokens = tokens,
            MaxNewTokens = tokens,
        };

    /// <summary>Measures and prints.</summary>
    public async Task<PeersData> RunAsync(CancellationToken cancellationToken)
    {
        using var device = ComputeDevice.Choose(ProviderChoice.Cpu, 0, NullLogger.Instance);
        using var product = new MatMulRate(device);
        product.Measure();
        byte[] picture = await File.ReadAllBytesAsync(plan.Image, cancellationToken);
        var models = new List<PeerModel>();
        string peer = "";
        foreach (string folder in plan.Folders)
        {
            bool hasFloat32 = HasRoomForFloat32(folder);
            if (!hasFloat32)
            {
                Console.WriteLine($"{Path.GetFileName(folder)} is too large for float32 on this machine: only int8 and bf16 are measured.");
            }

            var (worker, why) = TransformersWorker.Start(plan.Python, plan.Script, folder, plan.Image, brainOnly: !hasFloat32);
            peer = why;
            using (worker)
            {
                models.Add(await MeasureAsync(folder, hasFloat32, picture, worker, product, cancellationToken));
            }
        }

        var data = new PeersData(product.Gflops, product.UnitMs, Tokens, Beams, peer, models);
        Print(data);
        return data with { Models = [.. models.Select(data.Stamped)] };
    }

    private async Task<PeerModel> MeasureAsync(
        string folder,
        bool hasFloat32,
        byte[] picture,
        TransformersWorker? worker,
        MatMulRate product,
        CancellationToken cancellationToken
    )
    {
        // Cached encodings would leave the encoder out.
        var options = new CaptionerOptions { Provider = ProviderChoice.Cpu, EmbeddingBytes = 0 };
        await using var float32 = hasFloat32 ? await Captioner.LoadAsync(folder, options, cancellationToken) : null;
        await using var eight = await Captioner.LoadAsync(folder, options with { Precision = Precision.Int8 }, cancellationToken);
        var times = new Dictionary<(string Contender, int Beams), StopwatchSamples>();
        var firstToken = new StopwatchSamples();
        for (int round = -1; round < plan.Rounds; round++)
        {
            product.Measure();
            foreach (int beams in (int[])[1, Beams])
            {
                if (float32 is not null)
                {
                    Keep("f32", beams, await CaptionAsync(float32));
                }

                Keep("int8", beams, await CaptionAsync(eight));
                if (worker is not null)
                {
                    if (hasFloat32)
                    {
                        Keep("transformers f32", beams, worker.Caption("f32", beams, Tokens));
                    }

                    Keep("transformers bf16", beams, worker.Caption("bf16", beams, Tokens));
                }

                async Task<double> CaptionAsync(Captioner captioner)
                {
                    long started = Stopwatch.GetTimestamp();
                    await captioner.CaptionAsync(picture, Request(beams, Tokens), cancellationToken);
                    return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
                }
            }

            double first = await FirstTokenAsync(eight, picture, cancellationToken);
            if (round >= 0)
            {
                firstToken.Add(first);
            }

            // The first of each kind does not count.
            void Keep(string contender, int beams, double milliseconds)
            {
                if (round >= 0)
                {
                    var kind = (contender, beams);
                    (times.TryGetValue(kind, out var samples) ? samples : times[kind] = new StopwatchSamples()).Add(milliseconds);
                }
            }
        }

        var (alone, together) = await TokenRatesAsync(folder, picture, cancellationToken);
        return new PeerModel
        {
            Model = Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)),
            ParametersMillions = eight.Model.Parameters / 1e6,
            F32 = hasFloat32 ? Times("f32") : null,
            Int8 = Times("int8"),
            TransformersF32 = worker is null || !hasFloat32 ? null : Times("transformers f32"),
            TransformersBf16 = worker is null ? null : Times("transformers bf16"),
            FirstTokenMs = firstToken.Minimum,
            TokensPerSecond = alone,
            TokensPerSecondTogether = together,
            Int8WeightsMiB = eight.Model.WeightBytes / (double)(1 << 20),
            Int8PeakMiB = CaptionMemory.InProcessOfItsOwn(folder, Precision.Int8, plan.Image, Beams, Tokens),
        };

        PeerTimes Times(string contender) => new(times[(contender, 1)].Minimum, times[(contender, Beams)].Minimum);
    }

    private static bool HasRoomForFloat32(string folder)
    {
        byte[] config = File.ReadAllBytes(Path.Combine(folder, "config.json"));
        return ModelFamilies.Check(config).WeightBytes(Precision.F32) < GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / ShareOfMemory;
    }

    private static async Task<double> FirstTokenAsync(Captioner captioner, byte[] picture, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        double first = 0;
        await foreach (var update in captioner.StreamAsync(picture, Request(1, Tokens), cancellationToken))
        {
            if (first == 0 && update.TokenId is not null)
            {
                first = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            }
        }

        return first;
    }

    // The picture is known, so that only decoding counts.
    private static async Task<(double Alone, double Together)> TokenRatesAsync(
        string folder,
        byte[] picture,
        CancellationToken cancellationToken
    )
    {
        var options = new CaptionerOptions { Provider = ProviderChoice.Cpu, Precision = Precision.Int8 };
        await using var captioner = await Captioner.LoadAsync(folder, options, cancellationToken);
        await captioner.CaptionAsync(picture, Request(1, Tokens), cancellationToken);
        return (await RateAsync(1), await RateAsync(Callers));

        async Task<double> RateAsync(int callers)
        {
            int captions = callers * CountedCaptions;
            var time = await ClosedLoop.SendAsync(
                callers,
                captions,
                (_, cancellation) => captioner.CaptionAsync(picture, Request(1, Tokens), cancellation),
                cancellationToken
            );
            return captions * Tokens / time.TotalSeconds;
        }
    }

    private static void Print(PeersData data)
    {
        Console.WriteLine($"lone float32 product {data.ProductGflops:F0} GFLOP/s, T0 {data.T0Ms:F0} ms; captions of {data.Tokens} tokens");
        Console.WriteLine($"transformers: {data.Peer}");
        foreach (var model in data.Models)
        {
            Console.WriteLine($"{model.Model} ({model.ParametersMillions:F0} million parameters)");
            Line("f32", model.F32);
            Line("int8", model.Int8);
            Line("transformers f32", model.TransformersF32);
            Line("transformers bf16", model.TransformersBf16);
            if (model.TransformersBf16 is { } bf16)
            {
                Console.WriteLine($"  int8 takes {model.Int8.GreedyMs / bf16.GreedyMs:F2} of transformers' bf16 time");
            }

            Console.WriteLine(
                $"  first streamed token in int8: {model.FirstTokenMs:F0} ms = {model.FirstTokenMs / data.T0Ms:F2} T0; tokens/s "
                    + $"{model.TokensPerSecond:F1} alone, {model.TokensPerSecondTogether:F1} with {Callers} callers"
            );
            Console.WriteLine(
                $"  memory in int8: {model.Int8PeakMiB:F0} MiB; 1.3 x the weights' {model.Int8WeightsMiB:F0} + 150 MB is "
                    + $"{model.Int8GoalMiB:F0} MiB"
            );
        }

        void Line(string what, PeerTimes? times)
        {
            if (times is not null)
            {
                Console.WriteLine(
                    $"  {what}: greedy {times.GreedyMs:F0} ms = {times.GreedyMs / data.T0Ms:F2} T0, "
                        + $"{data.Beams} beams {times.BeamsMs:F0} ms = {times.BeamsMs / times.GreedyMs:F2} x greedy"
                );
            }
        }
    }
}
