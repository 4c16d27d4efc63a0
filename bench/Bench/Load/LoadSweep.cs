using System.Diagnostics;

namespace ImageToText.Bench.Load;

/// <summary>The settings of a sweep.</summary>
internal sealed record SweepPlan
{
    /// <summary>Arrival rates relative to the rate at saturation.</summary>
    public required IReadOnlyList<double> Factors { get; init; }

    /// <summary>How long each rate is measured per turn, after a lead-in.</summary>
    public required TimeSpan Length { get; init; }

    /// <summary>How often to go through all rates. A temporary disturbance on the machine then affects all of them.</summary>
    public int Turns { get; init; } = 1;

    /// <summary>How long requests arrive before they count.</summary>
    public required TimeSpan LeadIn { get; init; }

    /// <summary>Callers in the closed loop that finds the rate at saturation.</summary>
    public required int Callers { get; init; }

    /// <summary>How long that loop runs, after a warm-up of the same length.</summary>
    public required TimeSpan Saturation { get; init; }

    /// <summary>The time within which captions count as good; null: always.</summary>
    public TimeSpan? Target { get; init; }

    /// <summary>Draws the arrivals and the pictures.</summary>
    public int Seed { get; init; } = 1;
}

/// <summary>The figures of a sweep.</summary>
/// <param name="SequentialPerSecond">Captions per second of one caller who waits for each.</param>
/// <param name="SaturationPerSecond">Captions per second of several callers who do.</param>
/// <param name="Callers">The number of those callers.</param>
/// <param name="TargetMs">The time within which captions count as good.</param>
/// <param name="Turns">How often each rate was measured.</param>
/// <param name="Points">By arrival rate.</param>
internal sealed record LoadData(
    double SequentialPerSecond,
    double SaturationPerSecond,
    int Callers,
    double? TargetMs,
    int Turns,
    IReadOnlyList<LoadPoint> Points
)
{
    /// <summary>The machine's processors, which the service and the load generator share.</summary>
    public int Cores { get; init; }

    /// <summary>What a caption took at saturation; null: not measured.</summary>
    public SaturationCost? Cost { get; init; }

    /// <summary>What the engine alone could do; null: not measured.</summary>
    public EngineBound? Bound { get; init; }
}

/// <summary>Loads a service at rates from low to more than it can do.</summary>
internal sealed class LoadSweep(SweepPlan plan, CaptionClient client, ServiceProcess service)
{
    // The first round's code is not fully compiled yet, so the next ones are faster.
    private const double Reserve = 2;

    private readonly LoadPictures _pictures = new(plan.Seed);

    /// <summary>Runs before each turn at saturation, while the service has nothing to do.</summary>
    public Action BeforeSaturation { private get; init; } = static () => { };

    public async Task<LoadData> RunAsync(CancellationToken cancellationToken)
    {
        // The first round warms up and shows how many pictures the others need.
        double about = await ClosedAsync(plan.Callers, 0, cancellationToken);
        double sequential = await ClosedAsync(1, about, cancellationToken);
        var (saturation, cost) = await SaturateAsync(about, cancellationToken);
        Console.WriteLine(
            $"one caller {sequential:F2}/s, {plan.Callers} callers {saturation:F2}/s; processor time of a caption, ms: service "
                + $"{cost.ServiceMs:F1}, load generator {cost.GeneratorMs:F1}"
        );
        var turns = plan.Factors.Select(static _ => new List<Turn>()).ToArray();
        for (int turn = 0; turn < plan.Turns; turn++)
        {
            foreach (var (factor, done) in plan.Factors.Zip(turns))
            {
                done.Add(await TurnAsync(factor * saturation, plan.Seed + turn, cancellationToken));
                if (plan.Turns > 1)
                {
                    Print($"turn {turn + 1} of {plan.Turns}: ", Point(factor, factor * saturation, done[^1..]));
                }
            }
        }

        LoadPoint[] points = [.. plan.Factors.Zip(turns, (factor, done) => Point(factor, factor * saturation, done))];
        Array.ForEach(points, static point => Print("", point));

        if (client.FirstFailure is { } failure)
        {
            Console.WriteLine($"The first failure: {failure}");
        }

        if (client.Known > 0)
        {
            throw new InvalidOperationException($"{client.Known} captions came from a cache: the pictures were to be new.");
        }

        return new LoadData(sequential, saturation, plan.Callers, plan.Target?.TotalMilliseconds, plan.Turns, points)
        {
            Cores = Environment.ProcessorCount,
            Cost = cost,
        };
    }

    // As many turns as the rates get: a single one would catch whatever the machine does at that moment.
    private async Task<(double PerSecond, SaturationCost Cost)> SaturateAsync(double about, CancellationToken cancellationToken)
    {
        var rates = new List<double>();
        var (own, others) = (TimeSpan.Zero, TimeSpan.Zero);
        int captions = 0;
        using var self = Process.GetCurrentProcess();
        for (int turn = 0; turn < plan.Turns; turn++)
        {
            BeforeSaturation();
            var next = Pictures(plan.Callers, about);
            var (ownBefore, othersBefore) = (Own(), service.ProcessorTime());
            rates.Add(
                await ClosedAsync(
                    plan.Callers,
                    () =>
                    {
                        Interlocked.Increment(ref captions);
                        return next();
                    },
                    cancellationToken
                )
            );
            own += Own() - ownBefore;
            others += service.ProcessorTime() - othersBefore;
        }

        return (rates.Average(), new SaturationCost(others.TotalMilliseconds / captions, own.TotalMilliseconds / captions));

        TimeSpan Own()
        {
            self.Refresh();
            return self.TotalProcessorTime;
        }
    }

    private Task<double> ClosedAsync(int callers, double about, CancellationToken cancellationToken) =>
        ClosedAsync(callers, Pictures(callers, about), cancellationToken);

    private Func<byte[]> Pictures(int callers, double about) =>
        _pictures.Stock(callers + (int)(Reserve * about * (plan.LeadIn + plan.Saturation).TotalSeconds));

    private Task<double> ClosedAsync(int callers, Func<byte[]> next, CancellationToken cancellationToken) =>
        ClosedLoop.RateAsync(
            callers,
            plan.LeadIn,
            plan.Saturation,
            cancellation => client.CaptionAsync(next(), cancellation),
            cancellationToken
        );

    private async Task<Turn> TurnAsync(double rate, int seed, CancellationToken cancellationToken)
    {
        var due = PoissonArrivals.Draw(rate, plan.LeadIn + plan.Length, seed);
        byte[][] pictures = _pictures.Make(due.Length);
        GC.Collect();
        using var self = Process.GetCurrentProcess();
        var (began, own, others) = (Stopwatch.GetTimestamp(), self.TotalProcessorTime, service.ProcessorTime());
        var arrivals = await new OpenLoop(TimeProvider.System).RunAsync(
            due,
            (i, cancellation) => client.CaptionAsync(pictures[i], cancellation),
            cancellationToken
        );
        var elapsed = Stopwatch.GetElapsedTime(began);
        self.Refresh();
        return new Turn(
            arrivals,
            (self.TotalProcessorTime - own) / elapsed,
            (service.ProcessorTime() - others) / elapsed,
            service.ResidentMemory() / (double)(1 << 20)
        );
    }

    private LoadPoint Point(double factor, double rate, List<Turn> turns) =>
        LoadPoint.Of(plan, factor, rate, [.. turns.Select(static turn => turn.Arrivals)]) with
        {
            GeneratorCores = turns.Average(static turn => turn.GeneratorCores),
            ServiceCores = turns.Average(static turn => turn.ServiceCores),
            ServiceMiB = turns[^1].ServiceMiB,
        };

    private static void Print(string which, LoadPoint point) =>
        Console.WriteLine(
            $"{which}{point.OfSaturation:F2} x saturation = {point.OfferedPerSecond:F1}/s: {point.Requests} requests, "
                + $"{point.Refused} refused, {point.Failed} failed; "
                + $"goodput {point.GoodputPerSecond:F1}/s; latency ms p50 {point.LatencyMs?.P50:F1} p95 "
                + $"{point.LatencyMs?.P95:F1} p99 {point.LatencyMs?.P99:F1}; "
                + $"refusal p99 {point.RefusalMs?.P99:F1}; sent late p99 {point.SentLateP99Ms:F1}; cores: generator "
                + $"{point.GeneratorCores:F2}, service {point.ServiceCores:F2}; {point.ServiceMiB:F0} MiB"
        );

    private readonly record struct Turn(Arrival[] Arrivals, double GeneratorCores, double ServiceCores, double ServiceMiB);
}
