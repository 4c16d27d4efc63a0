using ImageToText.Bench.Gateways;
using ImageToText.Bench.Load;
using ImageToText.Bench.Results;
using ImageToText.Bench.Stack;
using ImageToText.Bench.Tables;
using static ImageToText.Bench.Tables.Markdown;

namespace ImageToText.Bench.Report;

/// <summary>The sections of docs/performance.md about the whole service.</summary>
internal static class ServiceSections
{
    /// <summary>What the gateway costs, and what its cache and its waiting for the same picture save.</summary>
    public static void Gateway(
        Markdown page,
        BenchResult<OverheadData>? overheads,
        BenchResult<CacheData>? caches,
        BenchResult<SingleFlightData>? singleFlight
    )
    {
        if (overheads is { Data: var overhead })
        {
            page.Heading(2, "What the gateway adds to a caption");
            page.Paragraph(
                $"The same picture of {overhead.PictureBytes:N0} bytes goes straight to a node that answers at once, through a "
                    + $"plain YARP proxy, and through the gateway. They take turns in one run, with key, budget, and the usage "
                    + $"record on disk (fsync) before each answer of the gateway: {overhead.Captions:N0} captions each way, in "
                    + $"milliseconds. What is added is the difference within a turn. Client, proxy, gateway, node and pricing "
                    + $"service, which enters every caption in its ledger on SQLite, share one process. It warms up until the "
                    + $"just-in-time compiler has little left to do, for two minutes at most.{Warmth(overhead.WarmUp)} "
                    + $"`--durability OperatingSystem` leaves out the fsync (`Gateway:Journal:Durability`)."
            );
            page.Commands(overheads.Command);
            page.Table(
                ["", "median", "90th", "95th", "99th"],
                [
                    Row("direct", overhead.DirectMs),
                    Row("through plain YARP", overhead.PlainMs),
                    Row("through the gateway", overhead.GatewayMs),
                    Row("added by plain YARP", overhead.PlainAddedMs),
                    Row("added by the gateway", overhead.AddedMs),
                ]
            );
        }

        if (caches is { Data: var cache })
        {
            page.Heading(2, "Cache hits against plain YARP");
            page.Paragraph(
                $"The same picture of {cache.PictureBytes:N0} bytes, {cache.Clients} requests "
                    + $"at once, in turns in one "
                    + $"run ({cache.Rounds} turns of {cache.Seconds} s each way): through a plain YARP proxy to a node that "
                    + $"answers at once, and to the gateway, whose redis-server has the caption, with key, budget and the "
                    + $"usage record on disk before each answer. A hit does not pass the picture on, but the picture is hashed, "
                    + $"Redis is asked, and the hit is charged, written to the journal and, by the pricing service on the same "
                    + $"processors, entered in a ledger on SQLite. So plain YARP takes its time to move the picture twice as often, and "
                    + $"hits take theirs to hash it and for the ledger, which a deployment may have on another machine. "
                    + $"{cache.Missed} requests that should have been hits reached the "
                    + $"node (the gateway does not wait for a Redis that does not answer in time). Before the first turn that "
                    + $"counts, both ways warm up until the just-in-time compiler has little left to do, for two minutes at most."
                    + $"{Warmth(cache.WarmUp)}"
            );
            page.Commands(caches.Command);
            page.Table(
                ["per second", "median", "least", "most"],
                [
                    Row("plain YARP", cache.PlainPerSecond),
                    Row("cache hits", cache.HitsPerSecond),
                    Row("hits / plain YARP, turn by turn", cache.HitsOverPlain),
                ]
            );
        }

        if (singleFlight is { Data: var flight })
        {
            page.Heading(2, "The same new picture many times at once");
            page.Paragraph(
                $"{flight.Requests:N0} requests with one new picture at once, over {flight.Gateways} gateways that share "
                    + $"a redis-server, in front of a node that takes {flight.CaptionMs:F0} ms for a caption; {flight.Rounds} "
                    + $"rounds, each with a different picture. The picture was captioned {flight.Captioned} times in "
                    + $"{flight.Rounds} rounds; every request had its caption after {flight.LastMs:F0} ms."
            );
            page.Commands(singleFlight.Command);
        }

        static IReadOnlyList<string> Row(string name, object? values) =>
            values switch
            {
                null => [name, Cell(null), Cell(null), Cell(null), Cell(null)],
                Percentiles times => [name, Cell(times.P50), Cell(times.P90), Cell(times.P95), Cell(times.P99)],
                Spread spread => [name, Cell(spread.Median), Cell(spread.Least), Cell(spread.Most)],
                _ => throw new ArgumentOutOfRangeException(nameof(values)),
            };
    }

    private static string Warmth(WarmUpRounds? warm) =>
        warm is null
            ? ""
            : Text($" This time it took {warm.Rounds} rounds{(warm.IsQuiet ? "" : ", and the compiler was still at work")}; ")
                + Text($"{warm.Compiled:N0} methods were compiled during the measurement.");

    /// <summary>How much memory it takes after many captions.</summary>
    public static void Memory(Markdown page, BenchResult<MemoryData>? memory)
    {
        if (memory is not { Data: var data })
        {
            return;
        }

        var tenth = data.Points.First(point => point.Captions * 10 >= data.Captions);
        page.Heading(2, "Memory over time");
        page.Paragraph(
            $"The whole service in one process, with the starter, captions "
                + $"{data.Captions:N0} new photographs, "
                + $"{data.Callers} at once: {tenth.ResidentMiB:F0} MiB are resident "
                + $"after a tenth of them, "
                + $"{data.Points[^1].ResidentMiB:F0} MiB at the end "
                + $"({(data.Points[^1].ResidentMiB / tenth.ResidentMiB) - 1:P1})."
        );
        page.Commands(memory.Command);
        page.Image("Resident memory against captions", "images/memory.svg");
    }

    /// <summary>How much memory it takes of a limit, with pictures of mixed sizes.</summary>
    public static void MemoryLimit(Markdown page, BenchResult<MemoryLimitData>? limit)
    {
        if (limit is not { Data: var data } result)
        {
            return;
        }

        var tenth = data.Points.First(point => point.Captions * 10 >= data.Captions);
        string sanction = data.Enforced
            ? Text($"A control group ends the service if it takes more than {data.LimitMiB:N0} MiB without swap. ")
            : Text($"The memory was watched, not limited; it should stay below {data.LimitMiB:N0} MiB. ");
        page.Heading(2, "Memory within a limit");
        page.Paragraph(
            $"The whole service in one process, with the starter and its cache, captions {data.Captions:N0} photographs from 64 to "
                + $"3,000 pixels wide, all different, {data.Callers} at once. Between them come {data.Strays:N0} requests that "
                + $"name models, paths and methods at random. "
                + sanction
                + $"{tenth.ResidentMiB:F0} MiB are resident after a tenth of them, {data.Points[^1].ResidentMiB:F0} MiB at the "
                + $"end, and {data.PeakMiB:F0} MiB at most. `/metrics` has {data.FirstSeries:N0} series after a twentieth of "
                + $"them and {data.LastSeries:N0} at the end."
        );
        page.Commands(result.Command);
    }

    /// <summary>How long it takes to start.</summary>
    public static void Startup(Markdown page, BenchResult<StartupData>? startup)
    {
        if (startup is not { Data: var data })
        {
            return;
        }

        page.Heading(2, "Start");
        page.Paragraph(
            $"From the start of the `serve` process, with a new data folder, to the "
                + $"starter's first caption: "
                + $"{data.FirstCaptionSeconds:F2} s; the second one takes "
                + $"{data.SecondCaptionMs:F0} ms ({data.Runs} starts: "
                + $"the median, the least and the most). `--tool` names the folder of the published tool, which is compiled beforehand; "
                + $"without it, the build beside the program starts, which is compiled while it runs."
        );
        page.Commands(startup.Command);
        if (data.Phases is { } phases)
        {
            page.Paragraph(
                $"The phases of a start on new data, and of the next one on the same: seconds since the process began, "
                    + $"and seconds of processor time, which other work on the machine changes less. The least of the starts."
            );
            page.Table(
                ["what is there", "new data: seconds", "processor seconds", "again: seconds", "processor seconds"],
                [.. Phases(phases, ""), .. data.PhasesBefore is { } earlier ? Phases(earlier, "before: ") : []]
            );
            if (data.PhasesBefore is not null)
            {
                page.Paragraph("The rows that begin with 'before' are an earlier version's, which took turns with it.");
            }
        }

        if (data.Rest is { } rest)
        {
            page.Paragraph(
                $"At rest, 20 s after its first caption, over {rest.Seconds:F0} s in which nobody asks for anything. The system takes back "
                    + $"pages of files when it needs room; compiled code is what the runtime compiled as it ran:"
            );
            page.Table(
                [
                    "",
                    "processor seconds",
                    "of one core",
                    "resident MiB",
                    "of which heaps and stacks",
                    "pages of programs and libraries",
                    "compiled code",
                ],
                data.RestBefore is { } restBefore ? [Row("", rest), Row("before", restBefore)] : [Row("", rest)]
            );
        }

        if (data.FirstMinute.Count > 0)
        {
            page.Paragraph($"The first minute of one caller who sends one new picture after the other:");
            page.Image("Latency in the first minute", "images/first-minute.svg");
        }
    }

    private static IEnumerable<IReadOnlyList<string>> Phases(StartPhases phases, string prefix) =>
        phases.NewData.Zip(
            phases.Again,
            (first, again) =>
                (IReadOnlyList<string>)
                    [
                        prefix + first.What,
                        Cell(first.Seconds),
                        Cell(first.ProcessorSeconds),
                        Cell(again.Seconds),
                        Cell(again.ProcessorSeconds),
                    ]
        );

    private static string[] Row(string name, Rest rest) =>
        [
            name,
            Cell(rest.ProcessorSeconds),
            Text($"{100 * rest.ProcessorSeconds / rest.Seconds:F1} %"),
            Cell(rest.ResidentMiB),
            Cell(rest.AnonymousMiB),
            Cell(rest.FileMiB),
            Cell(rest.SharedMiB),
        ];
}
