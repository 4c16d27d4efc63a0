namespace ImageToText.Bench.Load;

/// <summary>What came of one rate of arrivals.</summary>
internal sealed record LoadPoint
{
    /// <summary>The rate in units of the rate at saturation.</summary>
    public required double OfSaturation { get; init; }

    /// <summary>The mean rate of arrivals, per second.</summary>
    public required double OfferedPerSecond { get; init; }

    /// <summary>Requests that were due while it was measured.</summary>
    public required int Requests { get; init; }

    public required int Answered { get; init; }

    public required int Refused { get; init; }

    public required int Failed { get; init; }

    /// <summary>Captions delivered per second while it was measured; where there is a target, only those within it.</summary>
    public required double GoodputPerSecond { get; init; }

    /// <summary>Of requests answered with a caption, from when they were due.</summary>
    public required Percentiles? LatencyMs { get; init; }

    /// <summary>Of refused ones.</summary>
    public required Percentiles? RefusalMs { get; init; }

    /// <summary>How late requests were sent, 99th percentile; it is in the latencies.</summary>
    public required double SentLateP99Ms { get; init; }

    /// <summary>Processor time of what makes the load, in cores.</summary>
    public double GeneratorCores { get; init; }

    /// <summary>Processor time of the service, in cores.</summary>
    public double ServiceCores { get; init; }

    /// <summary>The service's resident memory at the end, 2^20 bytes.</summary>
    public double ServiceMiB { get; init; }

    /// <summary>Sums requests up, without what the processes used.</summary>
    /// <param name="plan">What was to be done.</param>
    /// <param name="factor">The rate in units of the rate at saturation.</param>
    /// <param name="rate">The mean rate of arrivals, per second.</param>
    /// <param name="turns">The requests of each turn, those of the lead-in too.</param>
    public static LoadPoint Of(SweepPlan plan, double factor, double rate, IReadOnlyList<Arrival[]> turns)
    {
        Arrival[] arrivals = [.. turns.SelectMany(static turn => turn)];
        var counted = arrivals.Where(arrival => arrival.Due >= plan.LeadIn).ToArray();
        var answered = Array.FindAll(counted, static arrival => arrival.Outcome == Outcome.Answered);
        var refused = Array.FindAll(counted, static arrival => arrival.Outcome == Outcome.Refused);
        var end = plan.LeadIn + plan.Length;
        // Those that came before it and were finished in it make up for those that are finished after it.
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
