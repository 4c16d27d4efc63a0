using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using ImageToText.Bench.Engine;
using ImageToText.Bench.Load;
using ImageToText.Bench.Peers;
using ImageToText.Captioning;

namespace ImageToText.Bench.Gpu;

/// <summary>What 'gpu' is to do.</summary>
/// <param name="Folders">The model folders.</param>
/// <param name="Device">What the GPU is called.</param>
/// <param name="Rounds">Measurements of each part.</param>
/// <param name="Length">How long captions are counted for a rate.</param>
/// <param name="Python">A Python that may have transformers.</param>
internal sealed record GpuPlan(IReadOnlyList<string> Folders, string Device, int Rounds, TimeSpan Length, string Python);

/// <summary>Measures models in f16 on a GPU, with CUDA graphs and without, and transformers on the same folders.</summary>
internal sealed class GpuBenchmark(GpuPlan plan)
{
    /// <summary>Captions under way at once.</summary>
    public static readonly IReadOnlyList<int> Callers = [1, 8, 64, 256];

    private const int Tokens = 20;
    private const int Batch = 64;
    private const int Pictures = 512;

    private static readonly string Samples = Path.Combine(AppContext.BaseDirectory, "samples");

    /// <summary>Measures.</summary>
    /// <exception cref="EngineUnavailableException">CUDA does not work here.</exception>
    public async Task<GpuData> RunAsync(CancellationToken cancellationToken)
    {
        byte[][] pictures = new LoadPictures(seed: 1).Make(Pictures);
        var models = new List<GpuFigures>();
        string peer = "";
        foreach (string folder in plan.Folders)
        {
            var (alone, ofBatch, why) = Transformers(folder);
            peer = why;
            foreach (bool graphs in (bool[])[false, true])
            {
                var figures = await MeasureAsync(folder, graphs, pictures, cancellationToken);
                models.Add(figures with { TransformersMs = alone, TransformersOfBatchMs = ofBatch });
            }
        }

        return new GpuData(plan.Device, Tokens, peer, models);
    }

    private async Task<GpuFigures> MeasureAsync(string folder, bool graphs, byte[][] pictures, CancellationToken cancellationToken)
    {
        var options = new CaptionerOptions
        {
            Provider = ProviderChoice.Cuda,
            Precision = Precision.F16,
            CudaGraphs = graphs,
            MaxBatchRows = Batch,
            MaxBatchImages = Batch,
            QueueCapacity = 2 * Callers[^1],
            // Encodings that are remembered would leave the encoder out.
            EmbeddingBytes = 0,
        };
        double? before = UsedMiB();
        double encode;
        double step;
        double stepOfEight;
        using (var parts = await EngineParts.LoadAsync(folder, options, cancellationToken))
        {
            for (int round = 0; round < plan.Rounds; round++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                parts.MeasureOnce();
            }

            encode = parts.Encode.Minimum;
            step = parts.Steps.Single(static step => step is { Pictures: 1, Beams: 1 }).Times.Minimum;
            stepOfEight = parts.Steps.Single(static step => step is { Pictures: 8, Beams: 1 }).Times.Minimum;
        }

        var rates = new List<GpuRate>();
        double? used;
        await using (var captioner = await Captioner.LoadAsync(folder, options, cancellationToken))
        {
            int next = 0;
            foreach (int callers in Callers)
            {
                double rate = await ClosedLoop.RateAsync(
                    callers,
                    plan.Length / 4,
                    plan.Length,
                    async cancellation =>
                    {
                        int picture = Interlocked.Increment(ref next) % pictures.Length;
                        await captioner.CaptionAsync(pictures[picture], PeersBenchmark.Request(1, Tokens), cancellation);
                        return Outcome.Answered;
                    },
                    cancellationToken
                );
                rates.Add(new GpuRate(callers, rate));
            }

            used = UsedMiB() - before;
        }

        return new GpuFigures
        {
            Model = Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)),
            Graphs = graphs,
            EncodeMs = encode,
            StepMs = step,
            StepOfEightMs = stepOfEight,
            Rates = rates,
            MemoryMiB = used,
        };
    }

    private (double? Alone, double? OfBatch, string Why) Transformers(string folder)
    {
        string script = Path.Combine(AppContext.BaseDirectory, "Peers", "transformers_captions.py");
        var (worker, why) = TransformersWorker.Start(plan.Python, script, folder, Path.Combine(Samples, "astronaut.jpg"), "cuda");
        using (worker)
        {
            return worker is null ? (null, null, $"transformers: {why}") : (Least(1), Least(Batch) / Batch, why);
        }

        double Least(int batch) =>
            Enumerable.Range(0, plan.Rounds + 1).Select(_ => worker.Caption("f16", 1, Tokens, batch)).Skip(1).DefaultIfEmpty().Min();
    }

    /// <summary>Memory of the GPU that is taken, by whomever.</summary>
    private static double? UsedMiB()
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo("nvidia-smi", ["--query-gpu=memory.used", "--format=csv,noheader,nounits"])
                {
                    RedirectStandardOutput = true,
                }
            )!;
            string? first = process.StandardOutput.ReadLine();
            process.WaitForExit();
            return double.TryParse(first, CultureInfo.InvariantCulture, out double used) ? used : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
