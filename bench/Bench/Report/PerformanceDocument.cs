using ImageToText.Bench.Accuracy;
using ImageToText.Bench.Engine;
using ImageToText.Bench.Gateways;
using ImageToText.Bench.Gpu;
using ImageToText.Bench.Imaging;
using ImageToText.Bench.Ledger;
using ImageToText.Bench.Load;
using ImageToText.Bench.Peers;
using ImageToText.Bench.Results;
using ImageToText.Bench.Stack;
using ImageToText.Bench.Tables;
using static ImageToText.Bench.Report.ReportTitle;
using static ImageToText.Bench.Tables.Markdown;

namespace ImageToText.Bench.Report;

/// <summary>docs/performance.md. Every number in it is a result, or a ratio of two.</summary>
internal sealed class PerformanceDocument
{
    private readonly (string Name, BenchResult<EngineData> Result)[] _engines;
    private readonly (string Name, BenchResult<LoadData> Result)[] _nodes;
    private readonly BenchResult<LoadData>? _stack;
    private readonly BenchResult<PeersData>? _peers;
    private readonly PeerRun? _peerRun;
    private readonly BenchResult<AccuracyData>? _accuracy;
    private readonly BenchResult<OverheadData>? _overhead;
    private readonly BenchResult<CacheData>? _cache;
    private readonly BenchResult<SingleFlightData>? _singleFlight;
    private readonly BenchResult<LedgerData>? _ledger;
    private readonly BenchResult<LedgerData>? _ledgerOnPostgres;
    private readonly BenchResult<MemoryData>? _memory;
    private readonly BenchResult<MemoryLimitData>? _memoryLimit;
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
        _peerRun = ResultFile.ReadNoted<PeerRun>(results, "peer-run");
        if (_peerRun?.Contradiction is { } contradiction)
        {
            throw new InvalidDataException($"peer-run.json can't be right: {contradiction}. Correct it.");
        }

        _accuracy = ResultFile.Read<AccuracyData>(results, "accuracy");
        _overhead = ResultFile.Read<OverheadData>(results, "overhead");
        _cache = ResultFile.Read<CacheData>(results, "cache");
        _singleFlight = ResultFile.Read<SingleFlightData>(results, "single-flight");
        _ledger = ResultFile.Read<LedgerData>(results, "ledger");
        _ledgerOnPostgres = ResultFile.Read<LedgerData>(results, "ledger-postgres");
        _memory = ResultFile.Read<MemoryData>(results, "memory");
        _memoryLimit = ResultFile.Read<MemoryLimitData>(results, "memory-limit");
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

        if (_peerRun is not null)
        {
            yield return (PeerRunSection.Plot, Report.Plots.Contenders(_peerRun));
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
                + $"its command. Nothing is entered by hand"
                + (_peerRun is null ? ":" : ", but for one earlier run beside transformers, which says so:")
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
        EngineSections.Engines(_page, _engines);
        EngineSections.Peers(_page, _peers);
        PeerRunSection.Write(_page, _peerRun);
        EngineSections.Accuracy(_page, _accuracy);
        LoadSection.Write(
            _page,
            "A node under load",
            "A node runs in its own process. The pictures are JPEG photographs of 500 x 375 pixels, each one new.",
            _nodes
        );
        if (_stack is not null)
        {
            LoadSection.Write(
                _page,
                "The whole service under load",
                "Gateway, pricing service, node and cache run in one process, as `serve` "
                    + "starts them. Every caption is "
                    + "priced, and its record is on disk before the answer. The starter has its "
                    + "default options (three "
                    + "beams). The pictures are JPEG photographs of 500 x 375 pixels, each one new.",
                [("stack", _stack)]
            );
        }

        ServiceSections.Gateway(_page, _overhead, _cache, _singleFlight);
        LedgerSection.Write(_page, _ledger, _ledgerOnPostgres);
        ServiceSections.Memory(_page, _memory);
        ServiceSections.MemoryLimit(_page, _memoryLimit);
        ServiceSections.Startup(_page, _startup);
        EngineSections.Gpu(_page, _gpu);
        PictureSection.Write(_page, _imaging);
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
        Add(_ledger);
        Add(_ledgerOnPostgres);
        Add(_memory);
        Add(_memoryLimit);
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
                    Text($"{Cell(caption.Ms)} ms{EngineSections.InT0(engine.Data, caption)}"),
                ]);
                if (EngineSections.Rate(figures, PictureNovelty.Remembered) is { } gain)
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
        if (load.Bound is { } bound)
        {
            yield return
            [
                Text($"{title}: that rate over the engine's bound of {EngineBound.NominalSteps} steps"),
                Text($"{load.SaturationPerSecond / bound.PerSecond(EngineBound.NominalSteps):F2}"),
            ];
        }

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
}
