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

    /// <summary>
    /// Measures. What fails in one row says so there. The others are tried all the same, but after some failures CUDA fails until the
    /// process ends.
    /// </summary>
    /// <param name="keep">Saves what there is after each row: a run may be cut off.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="EngineUnavailableException">CUDA does not work here.</exception>
    public async Task<GpuData> RunAsync(Func<GpuData, Task> keep, CancellationToken cancellationToken)
    {
        // Before anything here uses CUDA, whose own memory stays until the process ends.
        double? before = UsedMiB();
        byte[][] pictures = new LoadPictures(seed: 1).Make(Pictures);
        var data = new GpuData(plan.Device, Tokens, "", []);
        foreach (string folder in plan.Folders)
        {
            var (alone, ofBatch, why, trouble) = Transformers(folder);
            data = data with { Peer = why };
            foreach (bool graphs in (bool[])[false, true])
            {
                var figures = new GpuFigures
                {
                    Model = Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)),
                    Graphs = graphs,
                    TransformersMs = alone,
                    TransformersOfBatchMs = ofBatch,
                    Failure = trouble,
                };
                var warnings = new Warnings();
                try
                {
                    var options = Options(graphs, warnings);
                    figures = await MeasurePartsAsync(folder, options, figures, cancellationToken);
                    figures = await MeasureRatesAsync(folder, options, figures, pictures, before, cancellationToken);
                }
                catch (Exception failure) when (failure is not (EngineUnavailableException or OperationCanceledException))
                {
                    figures = figures with { Failure = trouble is null ? failure.Message : $"{failure.Message} {trouble}" };
                }

                data = data with
                {
                    Models = [.. data.Models, figures with { Warning = warnings.Text, Refused = warnings.HasRefusedGraphs }],
                };
                await keep(data);
            }
        }

        return data;
    }

    private static CaptionerOptions Options(bool graphs, Warnings warnings) =>
        new()
        {
            Provider = ProviderChoice.Cuda,
            Precision = Precision.F16,
            CudaGraphs = graphs,
            MaxBatchRows = Batch,
            MaxBatchImages = Batch,
            QueueCapacity = 2 * Callers[^1],
            // Encodings that are remembered would leave the encoder out.
            EmbeddingBytes = 0,
            LoggerFactory = warnings,
        };

    private async Task<GpuFigures> MeasurePartsAsync(
        string folder,
        CaptionerOptions options,
        GpuFigures figures,
        CancellationToken cancellationToken
    )
    {
        using var parts = await EngineParts.LoadAsync(folder, options, cancellationToken);
        for (int round = 0; round < plan.Rounds; round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            parts.MeasureOnce();
        }

        return figures with
        {
            EncodeMs = parts.Encode.Minimum,
            StepMs = parts.Steps.Single(static step => step is { Pictures: 1, Beams: 1 }).Times.Minimum,
            StepOfEightMs = parts.FullStep.Times.Minimum,
        };
    }

    private async Task<GpuFigures> MeasureRatesAsync(
        string folder,
        CaptionerOptions options,
        GpuFigures figures,
        byte[][] pictures,
        double? before,
        CancellationToken cancellationToken
    )
    {
        var rates = new List<GpuRate>();
        await using var captioner = await Captioner.LoadAsync(folder, options, cancellationToken);
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

        return figures with
        {
            Rates = rates,
            MemoryMiB = UsedMiB() - before,
        };
    }

    private (double? Alone, double? OfBatch, string Why, string? Trouble) Transformers(string folder)
    {
        string script = Path.Combine(AppContext.BaseDirectory, "Peers", "transformers_captions.py");
        var (worker, why) = TransformersWorker.Start(plan.Python, script, folder, Path.Combine(Samples, "astronaut.jpg"), "cuda");
        using (worker)
        {
            if (worker is null)
            {
                return (null, null, $"transformers: {why}", null);
            }

            double? alone = null;
            try
            {
                alone = Least(1);
                return (alone, Least(Batch) / Batch, why, null);
            }
            catch (InvalidOperationException ended)
            {
                // Mostly out of memory; what it has measured counts.
                return (alone, null, why, ended.Message);
            }
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
