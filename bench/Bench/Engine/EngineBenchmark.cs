using System.Diagnostics;
using ImageToText.Captioning;
using ImageToText.Captioning.Models;
using ImageToText.Captioning.Runtime;
using Microsoft.Extensions.Logging.Abstractions;

namespace ImageToText.Bench.Engine;

/// <summary>Measures a model folder's parts in several number formats side by side.</summary>
internal static class EngineBenchmark
{
    private const int SequenceLength = 20;

    /// <summary>Measures and prints a table.</summary>
    public static async Task RunAsync(
        string folder, IReadOnlyList<Precision> precisions, int rounds, int captions, string image, CancellationToken cancellationToken)
    {
        using var device = ComputeDevice.Choose(ProviderChoice.Cpu, 0, NullLogger.Instance);
        using var product = new MatMulRate(ModelFolder.Open(folder), device);
        var parts = new List<EngineParts>();
        foreach (var precision in precisions)
        {
            parts.Add(await EngineParts.LoadAsync(folder, precision, cancellationToken));
        }

        var productTimes = new Samples();
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < 3; i++)
            {
                productTimes.Measure(product.Run);
            }

            foreach (var part in parts)
            {
                cancellationToken.ThrowIfCancellationRequested();
                part.MeasureOnce();
            }
        }

        var rate = MatMulRate.Operations / productTimes.Minimum / 1e6;
        Print($"machine: {Environment.ProcessorCount} cores, lone float32 product {rate:F0} GFLOP/s (minimum of {3 * rounds})");
        Print("| precision | load s | encode ms | GFLOP/s | of lone product | cross K/V ms | step, 1 row ms | step, 8 rows ms | 3 beams ms |");
        Print("|---|---|---|---|---|---|---|---|---|");
        foreach (var part in parts)
        {
            var encoderRate = part.EncoderOperations / part.Encode.Minimum / 1e6;
            Print($"| {part.Precision} | {part.LoadTime.TotalSeconds:F2} | {part.Encode.Minimum:F0} | {encoderRate:F0} | {encoderRate / rate:P0} | {part.Cross.Minimum:F1} | {part.Steps[0].Minimum:F2} | {part.Steps[1].Minimum:F2} | {part.Steps[2].Minimum:F2} |");
        }

        foreach (var part in parts)
        {
            part.Dispose();
        }

        parts.Clear();
        foreach (var precision in precisions)
        {
            await CaptionInARowAsync(folder, precision, image, rounds, captions, rate, cancellationToken);
        }
    }

    private static async Task CaptionInARowAsync(
        string folder, Precision precision, string image, int rounds, int captions, double rate, CancellationToken cancellationToken)
    {
        var before = ProcessMemory.Resident;
        await using var captioner = await Captioner.LoadAsync(folder, new CaptionerOptions { Provider = ProviderChoice.Cpu, Precision = precision, EmbeddingBytes = 0 }, cancellationToken);
        var picture = await File.ReadAllBytesAsync(image, cancellationToken);
        var options = new CaptionOptions { NumBeams = 1, MinNewTokens = SequenceLength, MaxNewTokens = SequenceLength };
        var times = new Samples();
        for (var i = 0; i <= rounds; i++)
        {
            var started = Stopwatch.GetTimestamp();
            await captioner.CaptionAsync(picture, options, cancellationToken);
            if (i > 0)
            {
                times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }
        }

        // BLIP-base's encoder, 111 GFLOP, at the machine's own rate: the unit in which machines are compared.
        var unit = 111e3 / rate;
        var loaded = ProcessMemory.Resident;
        Print($"{precision}: caption of {SequenceLength} tokens {times.Minimum:F0} ms (minimum of {rounds}, median {times.Median:F0}) = {times.Minimum / unit:F2} T0 of {unit:F0} ms; {(loaded - before) >> 20} MiB resident");
        if (captions == 0)
        {
            return;
        }

        var early = 0L;
        for (var i = 0; i < captions; i++)
        {
            await captioner.CaptionAsync(picture, options with { NumBeams = 1 + (i % 3) }, cancellationToken);
            if (i == captions / 10)
            {
                early = ProcessMemory.Resident;
            }
        }

        Print($"{precision}: {captions} captions in a row: {early >> 20} MiB resident after a tenth, {ProcessMemory.Resident >> 20} MiB at the end");
    }

    private static void Print(string line) => Console.WriteLine(line);
}
