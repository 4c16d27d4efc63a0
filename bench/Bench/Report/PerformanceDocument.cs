using ImageToText.Bench.Accuracy;
using ImageToText.Bench.Engine;
using ImageToText.Bench.Gateways;
using ImageToText.Bench.Gpu;
using ImageToText.Bench.Imaging;
using ImageToText.Bench.Load;
using ImageToText.Bench.Peers;
using ImageToText.Bench.Results;
using ImageToText.Bench.Stack;
using ImageToText.Bench.Tables;
using ImageToText.Captioning;
using static ImageToText.Bench.Tables.Markdown;

namespace ImageToText.Bench.Report;

/// <summary>docs/performance.md. Every number in it is a result, or a ratio of two.</summary>
internal sealed class PerformanceDocument
{
    private readonly (string Name, BenchResult<EngineData> Result)[] _engines;
    private readonly (string Name, BenchResult<LoadData> Result)[] _nodes;
    private readonly BenchResult<LoadData>? _stack;
    private readonly BenchResult<PeersData>? _peers;
    private readonly BenchResult<AccuracyData>? _accuracy;
    private readonly BenchResult<OverheadData>? _overhead;
    private readonly BenchResult<CacheData>? _cache;
    private readonly BenchResult<SingleFlightData>? _singleFlight;
    private readonly BenchResult<MemoryData>? _memory;
    private readonly BenchResult<StartupData>? _startup;
    private readonly BenchResult<GpuData>? _gpu;
    private readonly BenchResult<ImagingData>? _imaging;
    private readonly Markdown _page = new();

    private PerformanceDocument(string results)
    {
        _engines = All<EngineData>(results, "engine-");
        _nodes = All<LoadData>(results, "node-");
        _stack = ResultFile.Read<LoadData>(results, "stack");
        _peers = ResultFile.Read<PeersData>(results, "peers");
        _accuracy = ResultFile.Read<AccuracyData>(results, "accuracy");
        _overhead = ResultFile.Read<OverheadData>(results, "overhead");
        _cache = ResultFile.Read<CacheData>(results, "cache");
        _singleFlight = ResultFile.Read<SingleFlightData>(results, "single-flight");
        _memory = ResultFile.Read<MemoryData>(results, "memory");
        _startup = ResultFile.Read<StartupData>(results, "startup");
        _gpu = ResultFile.Read<GpuData>(results, "gpu");
        _imaging = ResultFile.Read<ImagingData>(results, "imaging");
    }

    /// <summary>Reads a folder of results. What was not measured is left out of the document.</summary>
    /// <exception cref="InvalidDataException">There are no results, or they have another format.</exception>
    public static PerformanceDocument Read(string results) =>
        Directory.Exists(results) && Directory.EnumerateFiles(results, "*.json").Any()
            ? new PerformanceDocument(results)
            : throw new InvalidDataException($"{results} has no results: measure first.");

    /// <summary>The plots by file name.</summary>
    public IEnumerable<(string Name, string Svg)> Plots()
    {
        foreach (var (name, load) in Loads())
        {
            yield return ($"{name}-latency.svg", Report.Plots.Latency(load.Data));
            yield return ($"{name}-goodput.svg", Report.Plots.Goodput(load.Data));
        }

        if (_memory is not null)
        {
            yield return ("memory.svg", Report.Plots.Memory(_memory.Data));
        }

        if (_startup is { Data.FirstMinute.Count: > 0 })
        {
            yield return ("first-minute.svg", Report.Plots.FirstMinute(_startup.Data.FirstMinute));
        }
    }

    /// <summary>The document.</summary>
    public string Render()
    {
        _page.Heading(1, "Performance");
        _page.Paragraph(
            $"This repository's own commands measured every figure on this page and wrote it here. Beside each figure is "
                + $"its command. Nothing is entered by hand:"
        );
        _page.Commands(
            "dotnet run -c Release --project bench/Bench -- report                        # measures everything",
            "dotnet run -c Release --project bench/Bench -- report --from bench/results    # writes this page from the results again"
        );
        _page.Paragraph(
            $"Machines differ by a factor of two or more, so only the ratios carry over to another machine. **T0** is "
                + $"how long BLIP-base's encoder (111 GFLOP) would take at the machine's own rate for a single float32 product "
                + $"of its size (577 x 768 x 3072, ONNX Runtime), measured in the same run."
        );
        Machines();
        Summary();
        Engines();
        Peers();
        Accuracy();
        Load(
            "A node under load",
            "A node runs in its own process. The pictures are JPEG photographs of 500 x 375 pixels, each one new.",
            _nodes
        );
        if (_stack is not null)
        {
            Load(
                "The whole service under load",
                "Gateway, pricing service, node and cache run in one process, as `serve` "
                    + "starts them. Every caption is "
                    + "priced, and its record is on disk before the answer. The starter has its "
                    + "default options (three "
                    + "beams). The pictures are JPEG photographs of 500 x 375 pixels, each one new.",
                [("stack", _stack)]
            );
        }

        Gateway();
        Memory();
        Startup();
        Gpu();
        Imaging();
        return _page.ToString();
    }

    private static (string Name, BenchResult<T> Result)[] All<T>(string results, string prefix) =>
        [
            .. Directory
                .EnumerateFiles(results, prefix + "*.json")
                .Select(static path => Path.GetFileNameWithoutExtension(path))
                .Order(StringComparer.Ordinal)
                .Select(name => (name, ResultFile.Read<T>(results, name)!)),
        ];

    private (string Name, BenchResult<LoadData> Result)[] Loads() => _stack is null ? _nodes : [.. _nodes, ("stack", _stack)];

    private void Machines()
    {
        List<(Machine Machine, string Commit, DateTimeOffset Started)> runs = [];
        Add(_peers);
        Add(_accuracy);
        Add(_stack);
        Add(_overhead);
        Add(_cache);
        Add(_singleFlight);
        Add(_memory);
        Add(_startup);
        Add(_gpu);
        Add(_imaging);
        runs.AddRange(_engines.Select(static engine => (engine.Result.Machine, engine.Result.Commit, engine.Result.Started)));
        runs.AddRange(_nodes.Select(static node => (node.Result.Machine, node.Result.Commit, node.Result.Started)));
        foreach (var machine in runs.GroupBy(static run => $"{run.Machine}"))
        {
            _page.Paragraph(
                $"Measured on {machine.Key}; source "
                    + $"{string.Join(", ", machine.Select(static run => run.Commit).Distinct())}; "
                    + $"{machine.Min(static run => run.Started):yyyy-MM-dd HH:mm} to "
                    + $"{machine.Max(static run => run.Started):yyyy-MM-dd HH:mm} UTC. The "
                    + $"load generator shares the "
                    + $"processors with the service."
            );
        }

        void Add<T>(BenchResult<T>? result)
        {
            if (result is not null)
            {
                runs.Add((result.Machine, result.Commit, result.Started));
            }
        }
    }

    private void Summary()
    {
        var rows = new List<IReadOnlyList<string>>();
        foreach (var (_, engine) in _engines)
        {
            foreach (var figures in engine.Data.Precisions)
            {
                var caption = figures.Captions[0];
                rows.Add([
                    $"{Title(engine.Data.Model)}, {Title(figures.Precision)}: one caption of {engine.Data.Tokens} tokens, "
                        + "from encoded JPEG to text",
                    Text($"{Cell(caption.Ms)} ms{InT0(engine.Data, caption)}"),
                ]);
                if (Rate(figures, PictureNovelty.Remembered) is { } gain)
                {
                    rows.Add([
                        Text($"{Title(engine.Data.Model)}, {Title(figures.Precision)}: decoding at saturation over one caption at a time"),
                        Text($"{gain:F2} times"),
                    ]);
                }
            }
        }

        if (_accuracy is { Data: var accuracy })
        {
            rows.Add([
                "The starter's greedy captions unchanged in eight bits",
                Text($"{accuracy.SameInt8} of {accuracy.Cases}; cosine of the logits at least {accuracy.LeastCosine:F5}"),
            ]);
        }

        foreach (var (name, load) in Loads())
        {
            rows.AddRange(LoadSummary(name, load.Data));
        }

        if (_startup is { Data: var startup })
        {
            rows.Add(["From the start of `serve` to its first caption", Text($"{startup.FirstCaptionSeconds.Median:F1} s")]);
        }

        _page.Table(["what", "measured"], rows);
    }

    private static IEnumerable<IReadOnlyList<string>> LoadSummary(string name, LoadData load)
    {
        string title = Title(name);
        double peak = load.Points.Max(static point => point.GoodputPerSecond);
        yield return
        [
            $"{title}: captions per second at saturation",
            Text($"{Cell(load.SaturationPerSecond)} ({load.SaturationPerSecond / load.SequentialPerSecond:F2} times one at a time)"),
        ];
        if (load.Points[0] is { LatencyMs: { } low } first)
        {
            yield return [Text($"{title}: median latency at {first.OfSaturation} of that rate"), Text($"{Cell(low.P50)} ms")];
        }

        if (load.Points.FirstOrDefault(static point => point.OfSaturation == 2) is { LatencyMs: { } twice })
        {
            yield return
            [
                $"{title}: 99th percentile of admitted captions at twice that rate",
                Text($"{Cell(twice.P99)} ms{(load.TargetMs is { } target ? Text($" (target {Cell(target)} ms)") : "")}"),
            ];
        }

        if (load.Points[^1] is { OfSaturation: > 1 } last && peak > 0)
        {
            yield return
            [
                Text($"{title}: goodput at {last.OfSaturation} times that rate over its peak"),
                Text($"{last.GoodputPerSecond / peak:P1}"),
            ];
        }
    }

    private void Engines()
    {
        if (_engines.Length == 0)
        {
            return;
        }

        _page.Heading(2, "The engine");
        _page.Paragraph(
            $"The models have the shapes of public checkpoints and random weights, which is enough to measure speed and "
                + $"memory, but not accuracy. Times are minima of interleaved runs, in milliseconds. The eight-bit weights are "
                + $"already in the cache; making them takes a few seconds once."
        );
        _page.Commands(_engines.Select(static engine => engine.Result.Command));
        _page.Table(
            [
                "model",
                "lone product GFLOP/s",
                "T0 ms",
                "load s",
                "encode",
                "share of the lone product's rate",
                "cross-attention K/V",
                "caption",
                "in T0",
                "3 beams",
                "resident MiB",
            ],
            Rows(
                static (engine, figures) =>
                    [
                        Cell(engine.ProductGflops),
                        Cell(engine.T0Ms),
                        Text($"{figures.LoadSeconds:F1}"),
                        Cell(figures.EncodeMs),
                        figures.EncodeOverProduct > 0 ? Text($"{figures.EncodeOverProduct:P0}") : "–",
                        Cell(figures.CrossMs),
                        Cell(figures.Captions[0].Ms),
                        Text($"{figures.Captions[0].InT0:F2}"),
                        Cell(figures.Captions[1].Ms),
                        Cell(figures.ResidentMiB),
                    ]
            )
        );
        _page.Paragraph(
            $"One step of the decoder (a token for every row), in milliseconds, by pictures in the batch and beams per picture:"
        );
        _page.Table(
            ["model", .. _engines[0].Result.Data.Precisions[0].Steps.Select(static step => Text($"{step.Pictures} x {step.Beams}"))],
            Rows(static (_, figures) => [.. figures.Steps.Select(static step => Cell(step.Ms))])
        );
        _page.Paragraph(
            $"Captions per second. *New*: every picture is a different one. *Remembered*: "
                + $"the picture's encoding is "
                + $"cached, so only decoding is left; this is where requests gain from running "
                + $"side by side. (On a CPU, the "
                + $"encoder takes as long per picture for several pictures as for one.)"
        );
        _page.Table(
            [
                "model",
                "new, one at a time",
                "new, at saturation",
                "ratio",
                "remembered, one at a time",
                "remembered, at saturation",
                "ratio",
            ],
            Rows(
                static (_, figures) =>
                    [.. new[] { PictureNovelty.New, PictureNovelty.Remembered }.SelectMany(novelty => Rates(figures, novelty))]
            )
        );

        IEnumerable<IReadOnlyList<string>> Rows(Func<EngineData, EngineFigures, string[]> cells) =>
            from engine in _engines
            from figures in engine.Result.Data.Precisions
            select (IReadOnlyList<string>)
                [$"{Title(engine.Result.Data.Model)} {Title(figures.Precision)}", .. cells(engine.Result.Data, figures)];
    }

    private void Peers()
    {
        if (_peers is not { Data: var data } result)
        {
            return;
        }

        _page.Heading(2, "Each family beside transformers");
        _page.Paragraph(
            $"One caption of {data.Tokens} tokens at a time, from the encoded picture, with random weights in the shapes "
                + $"of public checkpoints. Times are minima, and the contenders take turns in one run. T0 was "
                + $"{Cell(data.T0Ms)} ms. The goals: `int8` takes at most a third of what transformers takes in bf16, "
                + $"{data.Beams} beams take at most 1.5 times as long as greedy search, and the memory of a process that "
                + $"captions in `int8` rises by at most 1.3 times the weights and 150 MB. transformers: {data.Peer}."
        );
        _page.Commands(result.Command);
        _page.Table(
            [
                "model",
                "parameters, millions",
                "int8 ms",
                "in T0",
                "f32 ms",
                "in T0",
                Text($"{data.Beams} beams over greedy, int8"),
                "f32",
                "transformers f32 ms",
                "bf16 ms",
                "int8 over bf16",
                "memory in int8, MiB",
                "1.3 x weights + 150 MB",
            ],
            data.Models.Select(model =>
                (IReadOnlyList<string>)
                    [
                        Title(model.Model),
                        Text($"{model.ParametersMillions:F0}"),
                        Cell(model.Int8.GreedyMs),
                        Text($"{model.Int8.GreedyMs / data.T0Ms:F2}"),
                        model.F32 is { } own ? Cell(own.GreedyMs) : "–",
                        model.F32 is { } inT0 ? Text($"{inT0.GreedyMs / data.T0Ms:F2}") : "–",
                        Text($"{model.Int8.BeamsMs / model.Int8.GreedyMs:F2}"),
                        model.F32 is { } beams ? Text($"{beams.BeamsMs / beams.GreedyMs:F2}") : "–",
                        model.TransformersF32 is { } float32 ? Cell(float32.GreedyMs) : "–",
                        model.TransformersBf16 is { } brain ? Cell(brain.GreedyMs) : "–",
                        model.TransformersBf16 is { } bf16 ? Text($"{model.Int8.GreedyMs / bf16.GreedyMs:F2}") : "–",
                        Cell(model.Int8PeakMiB),
                        Cell(model.Int8GoalMiB),
                    ]
            )
        );
        if (!data.Models.Any(static model => model.FirstTokenMs is not null))
        {
            return;
        }

        _page.Paragraph(
            "In `int8`: the time from the encoded picture to the first streamed token, and tokens per second of greedy captions whose "
                + "picture is known."
        );
        _page.Table(
            ["model", "first token, ms", "in T0", "tokens/s alone", Text($"tokens/s, {PeersBenchmark.Callers} callers")],
            data.Models.Select(model =>
                (IReadOnlyList<string>)
                    [
                        Title(model.Model),
                        model.FirstTokenMs is { } first ? Cell(first) : "–",
                        model.FirstTokenMs is { } inT0 ? Text($"{inT0 / data.T0Ms:F2}") : "–",
                        model.TokensPerSecond is { } alone ? Cell(alone) : "–",
                        model.TokensPerSecondTogether is { } together ? Cell(together) : "–",
                    ]
            )
        );
    }

    private static string[] Rates(EngineFigures figures, PictureNovelty novelty)
    {
        var rates = figures.Throughput.Where(rate => rate.Pictures == novelty).ToArray();
        return rates.Length < 2
            ? ["–", "–", "–"]
            : [Cell(rates[0].PerSecond), Cell(rates[^1].PerSecond), Text($"{Rate(figures, novelty):F2}")];
    }

    private static double? Rate(EngineFigures figures, PictureNovelty novelty)
    {
        var rates = figures.Throughput.Where(rate => rate.Pictures == novelty).ToArray();
        return rates.Length < 2 ? null : rates[^1].PerSecond / rates[0].PerSecond;
    }

    private void Accuracy()
    {
        if (_accuracy is not { Data: var data })
        {
            return;
        }

        _page.Heading(2, "Accuracy of the eight-bit form");
        _page.Commands(_accuracy.Command);
        _page.Paragraph(
            $"Of {data.Cases} greedy captions that transformers made for the reference pictures with the starter in "
                + $"float32, {data.SameF32} are identical word for word in float32 and {data.SameInt8} "
                + $"({(double)data.SameInt8 / data.Cases:P1}) in eight bits. With the same tokens as input, the cosine between "
                + $"the logits in eight bits and those in float32 is {data.LeastCosine:F5} at least and {data.MeanCosine:F5} "
                + $"on average, over {data.Steps} steps. (If a caption's two best logits are close at some step, it may go "
                + $"either way.)"
        );
        if (data.Changed.Count > 0)
        {
            _page.Table(
                ["picture", "prompt", "reference", "eight bits"],
                data.Changed.Select(static changed =>
                    (IReadOnlyList<string>)[changed.Image, changed.Prompt ?? "", changed.Reference, changed.Int8]
                )
            );
        }

        _page.Paragraph(
            $"In eight bits, the picture's matrices have one scale per output channel, and the picture's activations "
                + $"have one scale per layer. The decoder's matrices have one scale per 64 inputs (the output matrix: per 32), "
                + $"and so do its activations, row by row. So a row's numbers never depend on the rows beside it "
                + $"(`BatchInvarianceTests`, bit for bit, both number formats)."
        );
    }

    private void Load(string title, string what, (string Name, BenchResult<LoadData> Result)[] loads)
    {
        if (loads.Length == 0)
        {
            return;
        }

        _page.Heading(2, title);
        _page.Paragraph(
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
                _page.Heading(3, Title(name));
            }

            _page.Commands(load.Command);
            _page.Paragraph(
                $"One caller {Cell(load.Data.SequentialPerSecond)} captions per second, saturation "
                    + $"{Cell(load.Data.SaturationPerSecond)}."
                    + (
                        load.Data.TargetMs is { } target
                            ? Text($" Captions count as delivered within the target of {Cell(target)} ms.")
                            : ""
                    )
            );
            _page.Table(
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
            _page.Image($"Latency against the rate of arrivals, {Title(name)}", $"images/{name}-latency.svg");
            _page.Image($"Captions delivered against the rate of arrivals, {Title(name)}", $"images/{name}-goodput.svg");
        }
    }

    private void Gateway()
    {
        if (_overhead is { Data: var overhead })
        {
            _page.Heading(2, "What the gateway adds to a caption");
            _page.Paragraph(
                $"The same picture of {overhead.PictureBytes:N0} bytes goes straight to a node that answers at once, and "
                    + $"through the gateway. The two take turns in one run, with key, budget, and the usage record on disk "
                    + $"(fsync) before each answer: {overhead.Captions:N0} captions each way, in milliseconds. Client, "
                    + $"gateway, node and pricing service share one process. In figures taken before 30 November 2026, a "
                    + $"stand-in kept the pricing service's books in memory; the command now runs the service itself on "
                    + $"SQLite. `--durability OperatingSystem` leaves out the fsync (`Gateway:Journal:Durability`)."
            );
            _page.Commands(_overhead.Command);
            _page.Table(
                ["", "median", "90th", "95th", "99th"],
                [Row("direct", overhead.DirectMs), Row("through the gateway", overhead.GatewayMs), Row("added", overhead.AddedMs)]
            );
        }

        if (_cache is { Data: var cache })
        {
            _page.Heading(2, "Cache hits against plain YARP");
            _page.Paragraph(
                $"The same picture of {cache.PictureBytes:N0} bytes, {cache.Clients} requests "
                    + $"at once, in turns in one "
                    + $"run ({cache.Rounds} turns of {cache.Seconds} s each way): through a plain YARP proxy to a node that "
                    + $"answers at once, and to the gateway, whose redis-server has the caption, with key, budget and the "
                    + $"usage record on disk before each answer. A hit does not pass the picture on, "
                    + $"but reading, hashing and "
                    + $"the journal cost about as much. {cache.Missed} requests that should have been hits reached the node "
                    + $"(the gateway does not wait for a Redis that does not answer in time)."
            );
            _page.Commands(_cache.Command);
            _page.Table(
                ["per second", "median", "least", "most"],
                [
                    Row("plain YARP", cache.PlainPerSecond),
                    Row("cache hits", cache.HitsPerSecond),
                    Row("hits / plain YARP, turn by turn", cache.HitsOverPlain),
                ]
            );
        }

        if (_singleFlight is { Data: var flight })
        {
            _page.Heading(2, "The same new picture many times at once");
            _page.Paragraph(
                $"{flight.Requests:N0} requests with one new picture at once, over {flight.Gateways} gateways that share "
                    + $"a redis-server, in front of a node that takes {flight.CaptionMs:F0} ms for a caption; {flight.Rounds} "
                    + $"rounds, each with a different picture. The picture was captioned {flight.Captioned} times in "
                    + $"{flight.Rounds} rounds; every request had its caption after {flight.LastMs:F0} ms."
            );
            _page.Commands(_singleFlight.Command);
        }

        static IReadOnlyList<string> Row(string name, object values) =>
            values switch
            {
                Percentiles times => [name, Cell(times.P50), Cell(times.P90), Cell(times.P95), Cell(times.P99)],
                Spread spread => [name, Cell(spread.Median), Cell(spread.Least), Cell(spread.Most)],
                _ => throw new ArgumentOutOfRangeException(nameof(values)),
            };
    }

    private void Memory()
    {
        if (_memory is not { Data: var data })
        {
            return;
        }

        var tenth = data.Points.First(point => point.Captions * 10 >= data.Captions);
        _page.Heading(2, "Memory over time");
        _page.Paragraph(
            $"The whole service in one process, with the starter, captions "
                + $"{data.Captions:N0} new photographs, "
                + $"{data.Callers} at once: {tenth.ResidentMiB:F0} MiB are resident "
                + $"after a tenth of them, "
                + $"{data.Points[^1].ResidentMiB:F0} MiB at the end "
                + $"({(data.Points[^1].ResidentMiB / tenth.ResidentMiB) - 1:P1})."
        );
        _page.Commands(_memory.Command);
        _page.Image("Resident memory against captions", "images/memory.svg");
    }

    private void Gpu()
    {
        _page.Heading(2, "On a GPU");
        _page.Commands("bench/gpu.sh");
        if (_gpu is not { Data: var data })
        {
            _page.Paragraph(
                $"Not measured: no GPU was at hand. The command finds the GPU, builds the variant for it, makes the "
                    + $"random models and writes one table here: the encoder and a decoder step in f16, captions per second at "
                    + $"1, 8, 64 and 256 callers, GPU memory, with CUDA graphs and without, and transformers in f16 with SDPA. "
                    + $"The CUDA graphs of the decoder's step have been compiled, never run."
            );
            return;
        }

        _page.Paragraph($"{GpuTable.Write(data)}");
    }

    private void Startup()
    {
        if (_startup is not { Data: var data })
        {
            return;
        }

        _page.Heading(2, "Start");
        _page.Paragraph(
            $"From the start of the `serve` process, with a new data folder, to the "
                + $"starter's first caption: "
                + $"{data.FirstCaptionSeconds:F2} s; the second one takes "
                + $"{data.SecondCaptionMs:F0} ms ({data.Runs} starts: "
                + $"the median, the least and the most)."
        );
        _page.Commands(_startup.Command);
        if (data.Phases is { } phases)
        {
            _page.Paragraph(
                $"The phases of a start on new data, and of the next one on the same: seconds since the process began, "
                    + $"and seconds of processor time, which other work on the machine changes less. The least of the starts."
            );
            _page.Table(
                ["what is there", "new data: seconds", "processor seconds", "again: seconds", "processor seconds"],
                phases.NewData.Zip(
                    phases.Again,
                    static (first, again) =>
                        (IReadOnlyList<string>)
                            [
                                first.What,
                                Cell(first.Seconds),
                                Cell(first.ProcessorSeconds),
                                Cell(again.Seconds),
                                Cell(again.ProcessorSeconds),
                            ]
                )
            );
        }

        if (data.FirstMinute.Count > 0)
        {
            _page.Paragraph($"The first minute of one caller who sends one new picture after the other:");
            _page.Image("Latency in the first minute", "images/first-minute.svg");
        }
    }

    private void Imaging()
    {
        if (_imaging is not { Data: var data })
        {
            return;
        }

        _page.Heading(2, "Pictures");
        _page.Paragraph(
            $"On one thread: {data.Rounds} readings after two that do not count. Memory is the operating system's "
                + $"high-water mark of resident memory, in a separate process that has read only a "
                + $"tiny picture. A baseline "
                + $"JPEG of 4000 x 3000 pixels, made from samples/astronaut.jpg, becomes 384 x 384 "
                + $"pixels. Times are minimum "
                + $"and median, in milliseconds:"
        );
        _page.Commands(_imaging.Command);
        _page.Table(
            ["made by", "file MB", "decode and resize", "decode", "resize", "peak memory above before, MB"],
            data.Large.Select(static large =>
                (IReadOnlyList<string>)
                    [
                        large.MadeBy,
                        Text($"{large.Megabytes:F1}"),
                        Text($"{large.Ms:F1}, {large.MedianMs:F1}"),
                        Text($"{large.DecodeMs:F1}, {large.DecodeMedianMs:F1}"),
                        Text($"{large.ResizeMs:F1}, {large.ResizeMedianMs:F1}"),
                        Text($"{large.PeakMegabytes:F1}"),
                    ]
            )
        );
        _page.Paragraph(
            $"{data.InARow.Readings} readings of {data.InARow.File} one after the other: {data.InARow.EarlyMegabytes:F1} "
                + $"MB are resident after a tenth of them, {data.InARow.EndMegabytes:F1} MB at the end."
        );
        _page.Paragraph($"Reading format and size from the first bytes, for the slowest reference picture of each format:");
        _page.Table(
            ["header of", "bytes needed", "microseconds"],
            data.Headers.Select(static header =>
                (IReadOnlyList<string>)
                    [$"{header.Format} ({header.File})", Text($"{header.BytesNeeded:N0}"), Text($"{header.Microseconds:F2}")]
            )
        );
        var slowest = data.Refusals.MaxBy(static refusal => refusal.Ms)!;
        var largest = data.Refusals.MaxBy(static refusal => refusal.PeakMegabytes)!;
        _page.Paragraph(
            $"Each of the {data.Refusals.Count} files in tests/Fixtures/bad is refused "
                + $"within {slowest.Ms:F1} ms (the "
                + $"slowest is {slowest.File}) and {largest.PeakMegabytes:F1} MB more than before "
                + $"({largest.File}), including "
                + $"the first use of its decoder. The command prints the time, memory and error of each."
        );
    }

    private static string InT0(EngineData engine, CaptionFigures caption) =>
        engine.Model.StartsWith("blip", StringComparison.Ordinal) ? Text($" = {caption.InT0:F2} T0") : "";

    private static string Title(Precision precision) => precision.ToString().ToLowerInvariant();

    private static string Title(string name) =>
        name switch
        {
            "blip-base" => "BLIP-base",
            "blip-large" => "BLIP-large",
            "stack" => "Whole service, starter",
            _ when name.StartsWith("node-", StringComparison.Ordinal) && name.LastIndexOf('-') is var dash =>
                $"Node, {Title(name["node-".Length..dash])} {name[(dash + 1)..]}",
            _ => name,
        };
}
