using ImageToText.Bench.Load;
using ImageToText.Bench.Results;
using ImageToText.Bench.Tables;
using static ImageToText.Bench.Report.ReportTitle;
using static ImageToText.Bench.Tables.Markdown;

namespace ImageToText.Bench.Report;

/// <summary>A section of docs/performance.md about something under load.</summary>
internal static class LoadSection
{
    public static void Write(Markdown page, string title, string what, (string Name, BenchResult<LoadData> Result)[] loads)
    {
        if (loads.Length == 0)
        {
            return;
        }

        page.Heading(2, title);
        page.Paragraph(
            $"{what} Requests arrive as from many independent callers (Poisson arrivals, a "
                + $"fixed seed), whether or not "
                + $"the service keeps up. Latency counts from when a request was due, so delays "
                + $"caused by a slow service are "
                + $"included (coordinated omission). *Saturation* is the caption rate of {loads[0].Result.Data.Callers} "
                + $"callers who each wait for their last answer. All rates are measured several times in turn (`--turns`); a "
                + $"row sums up its rate over all turns."
        );
        foreach (var (name, load) in loads)
        {
            if (loads.Length > 1)
            {
                page.Heading(3, Title(name));
            }

            page.Commands(load.Command);
            page.Paragraph(
                $"One caller {Cell(load.Data.SequentialPerSecond)} captions per second, saturation "
                    + $"{Cell(load.Data.SaturationPerSecond)}."
                    + (
                        load.Data.TargetMs is { } target
                            ? Text($" Captions count as delivered within the target of {Cell(target)} ms.")
                            : ""
                    )
            );
            Bound(page, load.Data);
            page.Table(
                [
                    "of saturation",
                    "arrivals/s",
                    "requests",
                    "delivered/s",
                    "p50 ms",
                    "p90",
                    "p95",
                    "p99",
                    "refused (429)",
                    "refusal p99 ms",
                    "failed",
                    "cores: service",
                    "load",
                    "sent late p99 ms",
                ],
                load.Data.Points.Select(static point =>
                    (IReadOnlyList<string>)
                        [
                            Text($"{point.OfSaturation}"),
                            Cell(point.OfferedPerSecond),
                            Text($"{point.Requests}"),
                            Cell(point.GoodputPerSecond),
                            Cell(point.LatencyMs?.P50),
                            Cell(point.LatencyMs?.P90),
                            Cell(point.LatencyMs?.P95),
                            Cell(point.LatencyMs?.P99),
                            Text($"{(double)point.Refused / Math.Max(1, point.Requests):P0}"),
                            Cell(point.RefusalMs?.P99),
                            Text($"{point.Failed}"),
                            Text($"{point.ServiceCores:F2}"),
                            Text($"{point.GeneratorCores:F2}"),
                            Cell(point.SentLateP99Ms),
                        ]
                )
            );
            page.Image($"Latency against the rate of arrivals, {Title(name)}", $"images/{name}-latency.svg");
            page.Image($"Captions delivered against the rate of arrivals, {Title(name)}", $"images/{name}-goodput.svg");
        }
    }

    // How near saturation comes to what the engine alone could do, and where the rest goes.
    private static void Bound(Markdown page, LoadData load)
    {
        if (load is not { Bound: { } bound, Cost: { } cost })
        {
            return;
        }

        const int nominal = EngineBound.NominalSteps;
        double cores = load.Cores;
        double all = 1000 / load.SaturationPerSecond;
        double engine = bound.CaptionMs(bound.Steps);
        double prepare = bound.PrepareMs / cores;
        double service = cost.ServiceMs / cores;
        page.Paragraph(
            $"*The engine's bound* is what it could do if every picture were already prepared and the batch always full: the encoding "
                + $"({Cell(bound.EncodeMs)} ms), the keys and values ({Cell(bound.CrossMs)} ms), and for each step its share of a step "
                + $"of {bound.Captions} captions ({Cell(bound.StepMs)} ms). These were measured in turns with saturation, in another "
                + $"process (medians). With {nominal} steps a caption that is {Cell(bound.PerSecond(nominal))} captions per second: "
                + $"saturation reaches {load.SaturationPerSecond / bound.PerSecond(nominal):F2} of it. The captions had "
                + $"{bound.Steps:F1} steps on average, which allows {Cell(bound.PerSecond(bound.Steps))}; saturation is "
                + $"{load.SaturationPerSecond / bound.PerSecond(bound.Steps):F2} of that. Where a caption's time at saturation goes, "
                + $"in milliseconds of the whole machine ({Cell(all)} for each caption):"
        );
        page.Table(
            ["what", "ms", "share"],
            [
                Row("the engine, by the bound", engine),
                Row(Text($"preparing the picture ({Cell(bound.PrepareMs)} ms on one thread)"), prepare),
                Row(
                    "the node's other work: HTTP, threads that wait for each other or for the processor's caches",
                    service - engine - prepare
                ),
                Row("the load generator", cost.GeneratorMs / cores),
                Row("idle, or the system", all - service - (cost.GeneratorMs / cores)),
            ]
        );

        IReadOnlyList<string> Row(string what, double ms) => [what, Cell(ms), Text($"{ms / all:P0}")];
    }
}
