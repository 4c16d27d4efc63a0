using System.Diagnostics;
using ImageToText.Bench.Load;
using ImageToText.Captioning;
using ImageToText.Captioning.Execution;
using Microsoft.Extensions.Logging.Abstractions;

namespace ImageToText.Bench.Engine;

/// <summary>The settings of 'engine'.</summary>
/// <param name="Folder">The model folder.</param>
/// <param name="Precisions">Number formats, measured alternately.</param>
/// <param name="Provider">Where the model runs.</param>
/// <param name="Together">The most pictures to encode in one run; 1: only one at a time.</param>
/// <param name="Rounds">Measurements of each part and of a caption.</param>
/// <param name="Captions">How many captions of new pictures to take a rate from; 0: no rates.</param>
/// <param name="Image">The picture to time.</param>
internal sealed record EnginePlan(
    string Folder,
    IReadOnlyList<Precision> Precisions,
    ProviderChoice Provider,
    int Together,
    int Rounds,
    int Captions,
    string Image
)
{
    /// <summary>The options to load a model in a number format.</summary>
    public CaptionerOptions Options(Precision precision) =>
        new()
        {
            Provider = Provider,
            Precision = precision,
            MaxEncodingBatch = Together > 1 ? Together : null,
            MaxBatchImages = Math.Max(Together, new CaptionerOptions().MaxBatchImages),
        };
}

/// <summary>Measures a model folder's parts, captions and rates in several number formats.</summary>
internal sealed class EngineBenchmark(EnginePlan plan)
{
    private const int Tokens = 20;
    private const int Callers = 16;

    // Decoding alone is faster than captioning, so a rate needs more of them.
    private const int RememberedOverNew = 2;
    private const int RateRounds = 2;

    // The slowest operators; the others are in the results.
    private const int Shown = 12;

    /// <summary>Measures and prints.</summary>
    public async Task<EngineData> RunAsync(CancellationToken cancellationToken)
    {
        using var device = ComputeDevice.Choose(ProviderChoice.Cpu, 0, NullLogger.Instance);
        using var product = new MatMulRate(device);
        product.Measure();
        using var eightBits = new MatMulRate(device, isInt8: true);
        eightBits.Measure();
        var parts = new List<EngineParts>();
        foreach (var precision in plan.Precisions)
        {
            parts.Add(await EngineParts.LoadAsync(plan.Folder, plan.Options(precision), cancellationToken));
        }

        for (int round = 0; round < plan.Rounds; round++)
        {
            product.Measure();
            eightBits.Measure();
            foreach (var part in parts)
            {
                cancellationToken.ThrowIfCancellationRequested();
                part.MeasureOnce();
            }
        }

        foreach (var part in parts)
        {
            part.Dispose();
        }

        Console.WriteLine(
            $"{Environment.ProcessorCount} cores; lone float32 product {product.Gflops:F0} GFLOP/s; parts are measured, captions follow"
        );
        var profiles = new List<IReadOnlyList<OperatorFigures>>();
        foreach (var precision in plan.Precisions)
        {
            profiles.Add(await EncoderProfile.MeasureAsync(plan.Folder, plan.Options(precision), plan.Rounds, cancellationToken));
        }

        var captions =
            new List<(
                IReadOnlyList<(int Beams, StopwatchSamples Times)> Captions,
                double MiB,
                IReadOnlyList<ThroughputFigures> Throughput
            )>();
        foreach (var precision in plan.Precisions)
        {
            captions.Add(await CaptionAsync(precision, product, cancellationToken));
        }

        var figures = parts
            .Zip(captions, profiles)
            .Select(measured =>
                Figures(measured.First, measured.Second.Captions, measured.Second.MiB, measured.Second.Throughput, product) with
                {
                    LoneInt8Ms = measured.First is { Precision: Precision.Int8, EncoderOperations: > 0 and var operations }
                        ? eightBits.Milliseconds(operations)
                        : null,
                    Encoder = measured.Third,
                }
            )
            .ToArray();
        var data = new EngineData(
            Path.GetFileName(Path.TrimEndingDirectorySeparator(plan.Folder)),
            product.Gflops,
            product.UnitMs,
            Tokens,
            figures
        );
        Print(data);
        return data;
    }

    private async Task<(
        IReadOnlyList<(int Beams, StopwatchSamples Times)> Captions,
        double MiB,
        IReadOnlyList<ThroughputFigures> Throughput
    )> CaptionAsync(Precision precision, MatMulRate product, CancellationToken cancellationToken)
    {
        var options = plan.Options(precision);
        byte[] picture = await File.ReadAllBytesAsync(plan.Image, cancellationToken);
        var throughput = new List<ThroughputFigures>();
        (int Beams, StopwatchSamples Times)[] captions = [(1, new StopwatchSamples()), (3, new StopwatchSamples())];
        long before = ProcessMemory.Resident;
        double loaded;

        // Cached encodings would leave the encoder out.
        await using (var captioner = await Captioner.LoadAsync(plan.Folder, options with { EmbeddingBytes = 0 }, cancellationToken))
        {
            foreach (var (beams, times) in captions)
            {
                await captioner.CaptionAsync(picture, Request(beams), cancellationToken);
                for (int i = 0; i < plan.Rounds; i++)
                {
                    product.Measure();
                    long started = Stopwatch.GetTimestamp();
                    await captioner.CaptionAsync(picture, Request(beams), cancellationToken);
                    times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                }
            }

            loaded = (ProcessMemory.Resident - before) / (double)(1 << 20);
            await RatesAsync(
                captioner,
                PictureNovelty.New,
                plan.Captions,
                new LoadPictures(seed: 1).Make(plan.Captions),
                throughput,
                cancellationToken
            );
        }

        await using (var captioner = await Captioner.LoadAsync(plan.Folder, options, cancellationToken))
        {
            await captioner.CaptionAsync(picture, Request(1), cancellationToken);
            await RatesAsync(
                captioner,
                PictureNovelty.Remembered,
                RememberedOverNew * plan.Captions,
                [picture],
                throughput,
                cancellationToken
            );
        }

        return (captions, loaded, throughput);
    }

    private static async Task RatesAsync(
        Captioner captioner,
        PictureNovelty novelty,
        int captions,
        byte[][] pictures,
        List<ThroughputFigures> throughput,
        CancellationToken cancellationToken
    )
    {
        if (captions == 0)
        {
            return;
        }

        double[] best = [0, 0];
        for (int round = 0; round < RateRounds; round++)
        {
            best[0] = Math.Max(best[0], await RateAsync(1, Math.Max(1, captions / 4)));
            best[1] = Math.Max(best[1], await RateAsync(Callers, captions));
        }

        throughput.Add(new ThroughputFigures(novelty, 1, best[0]));
        throughput.Add(new ThroughputFigures(novelty, Callers, best[1]));

        async Task<double> RateAsync(int callers, int count)
        {
            var time = await ClosedLoop.SendAsync(
                callers,
                count,
                (i, cancellation) => captioner.CaptionAsync(pictures[i % pictures.Length], Request(1), cancellation),
                cancellationToken
            );
            return count / time.TotalSeconds;
        }
    }

    private static CaptionOptions Request(int beams) =>
        new()
        {
            NumBeams = beams,
            MinNewTokens = Tokens,
            MaxNewTokens = Tokens,
        };

    private static EngineFigures Figures(
        EngineParts part,
        IReadOnlyList<(int Beams, StopwatchSamples Times)> captions,
        double residentMiB,
        IReadOnlyList<ThroughputFigures> throughput,
        MatMulRate product
    ) =>
        new()
        {
            Precision = part.Precision,
            LoadSeconds = part.LoadTime.TotalSeconds,
            EncodeMs = part.Encode.Minimum,
            EncodeOverProduct = part.EncoderOperations / part.Encode.Minimum / 1e6 / product.Gflops,
            CrossMs = part.Cross.Minimum,
            Together = [.. part.Together.Select(static run => new TogetherFigures(run.Pictures, run.Times.Minimum))],
            Steps = [.. part.Steps.Select(static step => new StepFigures(step.Pictures, step.Beams, step.Times.Minimum))],
            Captions =
            [
                .. captions.Select(caption => new CaptionFigures(
                    caption.Beams,
                    caption.Times.Minimum,
                    caption.Times.Median,
                    caption.Times.Minimum / product.UnitMs
                )),
            ],
            ResidentMiB = residentMiB,
            Throughput = throughput,
        };

    private static void Print(EngineData data)
    {
        Console.WriteLine($"{data.Model}: lone float32 product {data.ProductGflops:F0} GFLOP/s, T0 {data.T0Ms:F0} ms");
        foreach (var figures in data.Precisions)
        {
            Console.WriteLine(
                $"{figures.Precision}: load {figures.LoadSeconds:F1} s, encode {figures.EncodeMs:F1} ms "
                    + $"({figures.EncodeOverProduct:P0} of the lone product's rate), cross K/V {figures.CrossMs:F1} ms, "
                    + $"{figures.ResidentMiB:F0} MiB"
            );
            if (figures.LoneInt8Ms is { } lone)
            {
                Console.WriteLine(
                    $"  at the rate of a lone int8 product the encoder would take {lone:F1} ms; it takes "
                        + $"{figures.EncodeMs / lone:F2} times that"
                );
            }

            Console.WriteLine(
                "  encoder: "
                    + string.Join(
                        ", ",
                        figures.Encoder.Take(Shown).Select(static part => $"{part.Operator} {part.Ms:F2} ms ({part.Share:P0})")
                    )
            );
            if (figures.Together.Count > 0)
            {
                Console.WriteLine(
                    $"  encode and cross K/V in one run, ms: 1 picture {figures.EncodeMs + figures.CrossMs:F1}, "
                        + string.Join(
                            ", ",
                            figures.Together.Select(static run => $"{run.Pictures} pictures {run.Ms:F1} ({run.Ms / run.Pictures:F1} each)")
                        )
                );
            }

            Console.WriteLine(
                $"  step ms: {string.Join(", ", figures.Steps.Select(static step => $"{step.Pictures} x {step.Beams} beams {step.Ms:F2}"))}"
            );
            Console.WriteLine(
                $"  caption of {data.Tokens} tokens: "
                    + string.Join(
                        ", ",
                        figures.Captions.Select(static caption =>
                            $"{caption.Beams} beams {caption.Ms:F0} ms (median {caption.MedianMs:F0}) = {caption.InT0:F2} T0"
                        )
                    )
            );
            Console.WriteLine(
                "  captions/s: "
                    + string.Join(
                        ", ",
                        figures.Throughput.Select(static rate => $"{rate.Pictures} pictures, {rate.Callers} callers {rate.PerSecond:F2}")
                    )
            );
        }
    }
}
