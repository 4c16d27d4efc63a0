namespace ImageToText.Bench.Load;

/// <summary>The results for one arrival rate.</summary>
internal sealed record LoadPoint
{
    /// <summary>The rate relative to the rate at saturation.</summary>
    public required double OfSaturation { get; init; }

    /// <summary>The mean arrival rate per second.</summary>
    public required double OfferedPerSecond { get; init; }

    /// <summary>Requests that were due while it was measured.</summary>
    public required int Requests { get; init; }

    public required int Answered { get; init; }

    public required int Refused { get; init; }

    public required int Failed { get; init; }

    /// <summary>Captions delivered per second during the measurement; if there is a target, only those within it.</summary>
    public required double GoodputPerSecond { get; init; }

    /// <summary>Latencies of requests answered with a caption, counted from when they were due.</summary>
    public required Percentiles? LatencyMs { get; init; }

    /// <summary>Latencies of refused requests.</summary>
    public required Percentiles? RefusalMs { get; init; }

    /// <summary>How late requests were sent, 99th percentile; the latencies include it.</summary>
    public required double SentLateP99Ms { get; init; }

    /// <summary>Processor time of the load generator, in cores.</summary>
    public double GeneratorCores { get; init; }

    /// <summary>Processor time of the service, in cores.</summary>
    public double ServiceCores { get; init; }

    /// <summary>The service's resident memory at the end, 2^20 bytes.</summary>
    public double ServiceMiB { get; init; }

    /// <summary>Sums up requests, without what the processes used.</summary>
    /// <param name="plan">The settings of the sweep.</param>
    /// <param name="factor">The rate relative to the rate at saturation.</param>
    /// <param name="rate">The mean arrival rate per second.</param>
    /// <param name="turns">The requests of each turn, including those of the lead-in.</param>
    public static LoadPoint Of(SweepPlan plan, double factor, double rate, IReadOnlyList<Arrival[]> turns)
    {
        Arrival[] arrivals = [.. turns.SelectMany(static turn => turn)];
        var counted = arrivals.Where(arrival => arrival.Due >= plan.LeadIn).ToArray();
        var answered = Array.FindAll(counted, static arrival => arrival.Outcome == Outcome.Answered);
        var refused = Array.FindAll(counted, static arrival => arrival.Outcome == Outcome.Refused);
        var end = plan.LeadIn + plan.Length;
        // Requests that arrived earlier and finished in this period make up for those that finish after it.
        int good = arrivals.Count(arrival =>
            arrival.Outcome == Outcome.Answered
            && arrival.Done >= plan.LeadIn
            && arrival.Done < end
            && (plan.Target is not { } target || arrival.Latency <= target)
        );
        return new LoadPoint
        {
            OfSaturation = factor,
            OfferedPerSecond = rate,
            Requests = counted.Length,
            Answered = answered.Length,
            Refused = refused.Length,
            Failed = counted.Length - answered.Length - refused.Length,
            GoodputPerSecond = good / (turns.Count * plan.Length.TotalSeconds),
            LatencyMs = Percentiles.Of(answered.Select(static arrival => arrival.Latency)),
            RefusalMs = Percentiles.Of(refused.Select(static arrival => arrival.Latency)),
            SentLateP99Ms = Percentiles.Of(counted.Select(static arrival => arrival.Sent - arrival.Due))?.P99 ?? 0,
        };
    }
}
