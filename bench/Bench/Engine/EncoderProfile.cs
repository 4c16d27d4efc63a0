using System.Text.Json;
using ImageToText.Captioning;
using ImageToText.Captioning.Execution;
using ImageToText.Captioning.Layers;
using ImageToText.Captioning.Loading;
using ImageToText.Captioning.Weights;
using ImageToText.Captioning.Weights.Quantization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.ML.OnnxRuntime;

namespace ImageToText.Bench.Engine;

/// <summary>
/// Where the encoder's time goes, by ONNX Runtime's own clock around each operator. A session of its own runs for it, so that the clock
/// disturbs no other measurement.
/// </summary>
internal static class EncoderProfile
{
    // The first runs fill the arena.
    private const int Warm = 2;

    /// <summary>Runs the encoder of a model folder a few times.</summary>
    /// <returns>The operators by time, the slowest first.</returns>
    public static async Task<IReadOnlyList<OperatorFigures>> MeasureAsync(
        string path,
        CaptionerOptions options,
        int rounds,
        CancellationToken cancellationToken
    )
    {
        var (folder, plan) = ModelFolder.Read(path, HuggingFaceCache.Folder);
        if (plan.Execution is not CrossAttendingPlan { Vision: var vision })
        {
            return [];
        }

        string revision = await ModelRevision.ComputeAsync(folder, plan.Checkpoint, cancellationToken);
        string cache = ModelRuntime.CacheFolder(options);
        var execution = plan.Execution;
        var weights =
            options.Precision is Precision.Int8
                ? QuantizedCheckpoint.GetOrCreate(plan.Checkpoint, execution.EightBitForms, revision, cache, cancellationToken)
                : SettledCheckpoint.Of(
                    plan.Checkpoint,
                    tensor => execution.Uses.ContainsKey(tensor.Name),
                    revision,
                    cache,
                    cancellationToken
                );
        var scratch = Directory.CreateTempSubdirectory("encoder-profile-");
        try
        {
            string trace = Run(vision, weights, options.Precision, Path.Combine(scratch.FullName, "encoder"), rounds);
            return Sum(await File.ReadAllBytesAsync(trace, cancellationToken), rounds);
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    private static string Run(IVisionEncoder vision, Checkpoint weights, Precision precision, string prefix, int rounds)
    {
        using var device = ComputeDevice.Choose(ProviderChoice.Cpu, 0, NullLogger.Instance);
        using var options = device.CreateSessionOptions(weights.RootFolder);
        options.EnableMemoryPattern = false;
        options.ProfileOutputPathPrefix = prefix;
        options.EnableProfiling = true;
        using var session = ModelSession.Open(PictureGraph.Build(vision, weights, precision), options);
        var random = new Random(1);
        long[] shape = [1, 3, vision.ImageHeight, vision.ImageWidth];
        float[] pixels = [.. Enumerable.Range(0, 3 * vision.ImageHeight * vision.ImageWidth).Select(_ => (random.NextSingle() * 4) - 2)];
        using var input = OrtValue.CreateTensorValueFromMemory(pixels, shape);
        using var run = new RunOptions();
        for (int round = 0; round < rounds + Warm; round++)
        {
            using var outputs = session.Run(run, [PictureGraph.Pixels], [input], [PictureGraph.Tokens]);
        }

        return session.EndProfiling();
    }

    // Of each operator's node, the median of its runs: anything else on the machine makes single runs longer.
    private static IReadOnlyList<OperatorFigures> Sum(byte[] trace, int rounds)
    {
        using var events = JsonDocument.Parse(trace);
        var nodes = new Dictionary<string, (string Operator, List<double> Ms)>(StringComparer.Ordinal);
        foreach (var entry in events.RootElement.EnumerateArray())
        {
            if (
                entry.TryGetProperty("cat", out var category)
                && category.ValueEquals("Node")
                && entry.GetProperty("name").GetString() is { } name
                && name.EndsWith("_kernel_time", StringComparison.Ordinal)
                && entry.GetProperty("args").TryGetProperty("op_name", out var operation)
            )
            {
                nodes.TryAdd(name, (operation.GetString()!, []));
                nodes[name].Ms.Add(entry.GetProperty("dur").GetDouble() / 1000);
            }
        }

        var sums = nodes
            .Values.GroupBy(
                static node => node.Operator,
                node => node.Ms.TakeLast(rounds).Order().ElementAt(rounds / 2),
                static (name, times) => (Name: name, Times: times.ToArray())
            )
            .OrderByDescending(static group => group.Times.Sum())
            .ToArray();
        double all = sums.Sum(static group => group.Times.Sum());
        return [.. sums.Select(group => new OperatorFigures(group.Name, group.Times.Length, group.Times.Sum(), group.Times.Sum() / all))];
    }
}
