using ImageToText.Bench.Tables;

namespace ImageToText.Bench.Gpu;

/// <summary>The one table of a run on a GPU.</summary>
internal static class GpuTable
{
    /// <summary>As Markdown.</summary>
    public static string Write(GpuData data)
    {
        var page = new Markdown();
        page.Paragraph($"{data.Device}; f16; captions of {data.Tokens} tokens of new pictures; milliseconds are minima. {data.Peer}");
        page.Table(
            [
                "model",
                "CUDA graphs",
                "encode ms",
                "step ms, 1 row",
                "8 rows",
                .. GpuBenchmark.Callers.Select(static callers => $"captions/s, {callers} callers"),
                "GPU memory MiB",
                "transformers: caption ms",
                "in a batch of 64",
            ],
            data.Models.Select(static model =>
                (IReadOnlyList<string>)
                    [
                        model.Model,
                        !model.Graphs ? "off"
                        : model.Refused ? "refused"
                        : "on",
                        Markdown.Cell(model.EncodeMs),
                        Markdown.Cell(model.StepMs),
                        Markdown.Cell(model.StepOfEightMs),
                        .. GpuBenchmark.Callers.Select(callers =>
                            Markdown.Cell(model.Rates.FirstOrDefault(rate => rate.Callers == callers)?.PerSecond)
                        ),
                        Markdown.Cell(model.MemoryMiB),
                        Markdown.Cell(model.TransformersMs),
                        Markdown.Cell(model.TransformersOfBatchMs),
                    ]
            )
        );
        foreach (var model in data.Models)
        {
            string[] reasons = [.. new[] { model.Failure, model.Warning }.OfType<string>().Select(OneLine)];
            if (reasons.Length > 0)
            {
                page.Paragraph($"{model.Model}, CUDA graphs {(model.Graphs ? "on" : "off")}: {string.Join(' ', reasons)}");
            }
        }

        return page.ToString();
    }

    // What a native library says may have many lines.
    private static string OneLine(string reason) =>
        string.Join(' ', reason.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
