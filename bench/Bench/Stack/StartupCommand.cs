using System.CommandLine;
using System.Diagnostics;
using ImageToText.Bench.Load;
using ImageToText.Bench.Results;

namespace ImageToText.Bench.Stack;

/// <summary>How soon 'serve' captions, counted from the start of its process.</summary>
internal static class StartupCommand
{
    public static Command Create()
    {
        var runs = new Option<int>("--runs") { Description = "How many times to start it", DefaultValueFactory = static _ => 7 };
        var before = new Option<DirectoryInfo?>("--before")
        {
            Description = "The folder of an earlier published tool, which takes turns with the other. Default: none",
        };
        var stack = new StackOptions();
        var command = new Command(
            "startup",
            "Measures the seconds from the start of 'serve' on new data to its first caption, and the time of its second; then what "
                + "it takes at rest."
        )
        {
            runs,
            before,
        };
        stack.AddTo(command);
        command.SetAction(
            (parsed, cancellationToken) =>
                ResultFile.KeepAsync(
                    parsed,
                    "startup",
                    () =>
                        MeasureAsync(
                            stack,
                            parsed,
                            parsed.GetValue(CommonOptions.Short) ? 1 : parsed.GetValue(runs),
                            parsed.GetValue(before),
                            cancellationToken
                        )
                )
        );
        return command;
    }

    private static async Task<StartupData> MeasureAsync(
        StackOptions stack,
        ParseResult parsed,
        int runs,
        DirectoryInfo? before,
        CancellationToken cancellationToken
    )
    {
        byte[] picture = new LoadPictures(seed: 3).Make(1)[0];
        bool isShort = parsed.GetValue(CommonOptions.Short);
        var first = new List<double>();
        var second = new List<double>();
        var phases = new List<StartPhases>();
        var earlier = new List<StartPhases>();
        IReadOnlyList<MinutePoint> minute = [];
        for (int run = 0; run < runs; run++)
        {
            phases.Add(await PhasesAsync(stack, parsed, null, cancellationToken));
            if (before is not null)
            {
                earlier.Add(await PhasesAsync(stack, parsed, before, cancellationToken));
            }

            StackService.Prepare();
            long began = Stopwatch.GetTimestamp();
            await using var service = await StackService.StartAsync(stack, parsed, [], cancellationToken);
            first.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
            long asked = Stopwatch.GetTimestamp();
            await service.Client.CaptionAsync(picture, cancellationToken);
            second.Add(Stopwatch.GetElapsedTime(asked).TotalMilliseconds);
            if (run == runs - 1)
            {
                minute = await MinuteAsync(service.Client, began, isShort, cancellationToken);
            }

            Console.WriteLine($"first caption after {first[^1]:F2} s, second in {second[^1]:F0} ms");
        }

        // One after the other: pages of a library that both use would count for each, and none could be given back.
        var rest = await RestAsync(null);
        var restBefore = before is null ? null : await RestAsync(before);
        return new StartupData(runs, Spread.Of(first), Spread.Of(second))
        {
            Phases = Least(phases),
            PhasesBefore = before is null ? null : Least(earlier),
            FirstMinute = minute,
            Rest = rest,
            RestBefore = restBefore,
        };

        async Task<Rest> RestAsync(DirectoryInfo? tool)
        {
            await using var service = await StackService.StartAsync(stack, parsed, [], cancellationToken, tool);
            return await Rest.MeasureAsync(service, TimeSpan.FromSeconds(isShort ? 5 : 120), cancellationToken);
        }
    }

    /// <summary>Starts on new data and again on the same, and notes when what is there.</summary>
    private static async Task<StartPhases> PhasesAsync(
        StackOptions stack,
        ParseResult parsed,
        DirectoryInfo? tool,
        CancellationToken cancellationToken
    )
    {
        byte[] picture = new LoadPictures(seed: 3).Make(1)[0];
        var data = Directory.CreateTempSubdirectory("imagetotext-bench-");
        try
        {
            return new StartPhases(await StartAsync(), await StartAsync());
        }
        finally
        {
            data.Delete(recursive: true);
        }

        async Task<StartPhase[]> StartAsync()
        {
            long began = Stopwatch.GetTimestamp();
            using var service = await stack.StartAsync(parsed, data.FullName, environment: null, tool);
            using var process = Process.GetProcessById(service.Id);
            var listens = Now("listens");
            using var client = new CaptionClient(service.Address, stack.Fields(parsed));
            while (await client.CaptionAsync(picture, cancellationToken) != Outcome.Answered)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(5), cancellationToken);
            }

            var captions = Now("first caption");
            await client.CaptionAsync(picture, cancellationToken);
            var again = Now("second caption, of a picture that is known");
            await service.KillAsync();
            return [listens, captions, again];

            StartPhase Now(string what)
            {
                process.Refresh();
                return new StartPhase(what, Stopwatch.GetElapsedTime(began).TotalSeconds, process.TotalProcessorTime.TotalSeconds);
            }
        }
    }

    private static StartPhases Least(List<StartPhases> runs)
    {
        return new StartPhases(Of(static run => run.NewData), Of(static run => run.Again));

        StartPhase[] Of(Func<StartPhases, IReadOnlyList<StartPhase>> start) =>
            [
                .. Enumerable
                    .Range(0, start(runs[0]).Count)
                    .Select(i => new StartPhase(
                        start(runs[0])[i].What,
                        runs.Min(run => start(run)[i].Seconds),
                        runs.Min(run => start(run)[i].ProcessorSeconds)
                    )),
            ];
    }

    /// <summary>One caller's latency in each second of the first minute.</summary>
    private static async Task<IReadOnlyList<MinutePoint>> MinuteAsync(
        CaptionClient client,
        long began,
        bool isShort,
        CancellationToken cancellationToken
    )
    {
        var end = TimeSpan.FromSeconds(isShort ? 5 : 60);
        byte[][] pictures = new LoadPictures(seed: 4).Make(200);
        var captions = new List<(double Second, double Ms)>();
        // A slow machine has its first caption after the short end.
        for (var now = Stopwatch.GetElapsedTime(began); now < end || captions.Count == 0; now = Stopwatch.GetElapsedTime(began))
        {
            long asked = Stopwatch.GetTimestamp();
            await client.CaptionAsync(pictures[captions.Count % pictures.Length], cancellationToken);
            captions.Add((Math.Floor(now.TotalSeconds), Stopwatch.GetElapsedTime(asked).TotalMilliseconds));
            // The cache would know them in the next round.
            if (captions.Count % pictures.Length == 0)
            {
                pictures = new LoadPictures(seed: 4 + captions.Count).Make(200);
            }
        }

        return
        [
            .. captions
                .GroupBy(static caption => caption.Second)
                .Select(static second => new MinutePoint(
                    second.Key,
                    Spread.Of(second.Select(static caption => caption.Ms)).Median,
                    second.Count()
                )),
        ];
    }
}

/// <summary>The figures of 'startup'.</summary>
internal sealed record StartupData(int Runs, Spread FirstCaptionSeconds, Spread SecondCaptionMs)
{
    /// <summary>When what was there, the least of all runs; null: measured before there were phases.</summary>
    public StartPhases? Phases { get; init; }

    /// <summary>The same of an earlier tool that took turns with it; null: there was none.</summary>
    public StartPhases? PhasesBefore { get; init; }

    /// <summary>One caller's captions of new pictures from the start on.</summary>
    public IReadOnlyList<MinutePoint> FirstMinute { get; init; } = [];

    /// <summary>What it takes at rest; null: not measured yet.</summary>
    public Rest? Rest { get; init; }

    /// <summary>What the earlier tool takes at rest, at the same time.</summary>
    public Rest? RestBefore { get; init; }
}

/// <summary>The phases of a start on new data, and of the next on the same.</summary>
internal sealed record StartPhases(IReadOnlyList<StartPhase> NewData, IReadOnlyList<StartPhase> Again);

/// <summary>A phase's end.</summary>
/// <param name="What">What is there.</param>
/// <param name="Seconds">Since the process began.</param>
/// <param name="ProcessorSeconds">Of all cores, since then.</param>
internal sealed record StartPhase(string What, double Seconds, double ProcessorSeconds);

/// <summary>One second: the middle latency of its captions, and how many they were.</summary>
internal sealed record MinutePoint(double Second, double LatencyMs, int Captions);
