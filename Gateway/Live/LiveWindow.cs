using ImageToText.Contracts.Ledger;
using ImageToText.Gateway.Errors;

namespace ImageToText.Gateway.Live;

/// <summary>
/// What this gateway did in each of the last seconds. A ring of counters, allocated once: a caption costs one short lock and no
/// allocation.
/// </summary>
internal sealed class LiveWindow
{
    /// <summary>How many seconds are kept.</summary>
    public const int Kept = 300;

    /// <summary>How many seconds a summary covers.</summary>
    public const int Summarized = 60;

    private readonly TimeProvider _time;
    private readonly Second[] _ring = [.. Enumerable.Range(0, Kept + 1).Select(static _ => new Second())];
    private readonly Latencies _sum = new();
    private readonly Lock _gate = new();

    // Counted by the monotonic clock from here on. A wall clock that is set back would count a second twice.
    private readonly long _startedAt;
    private readonly long _firstSecond;
    private long _inFlight;

    public LiveWindow(TimeProvider time)
    {
        _time = time;
        _startedAt = time.GetTimestamp();
        _firstSecond = time.GetUtcNow().ToUnixTimeSeconds();
    }

    /// <summary>Captions under way.</summary>
    public long InFlight => Interlocked.Read(ref _inFlight);

    private long Now => _firstSecond + (long)_time.GetElapsedTime(_startedAt).TotalSeconds;

    /// <summary>A caption has started.</summary>
    public void Began() => Interlocked.Increment(ref _inFlight);

    /// <summary>A caption that was started has ended, in whatever way.</summary>
    public void Ended() => Interlocked.Decrement(ref _inFlight);

    /// <summary>A caption was delivered.</summary>
    /// <param name="cache">How it was obtained.</param>
    /// <param name="tokens">Tokens generated for it. Those of a cached caption were generated before and do not count.</param>
    /// <param name="cost">Its cost in USD.</param>
    /// <param name="elapsed">The time from admission to its end; null: nobody waited for it.</param>
    public void Delivered(CacheOutcome cache, int tokens, decimal cost, TimeSpan? elapsed)
    {
        lock (_gate)
        {
            var second = Current();
            second.Captions++;
            second.Hits += cache == CacheOutcome.Hit ? 1 : 0;
            second.Coalesced += cache == CacheOutcome.Coalesced ? 1 : 0;
            second.Tokens += cache == CacheOutcome.Miss ? tokens : 0;
            second.Cost += cost;
            if (elapsed is { } waited)
            {
                second.Latency.Add(waited);
            }
        }
    }

    /// <summary>A request was refused.</summary>
    public void Refused(Refusal refusal)
    {
        lock (_gate)
        {
            var second = Current();
            switch (refusal.Status)
            {
                case StatusCodes.Status429TooManyRequests:
                    second.Overloaded++;
                    break;
                case >= 500:
                    second.Failed++;
                    break;
                default:
                    second.Refused++;
                    break;
            }
        }
    }

    /// <summary>A node failed on a request.</summary>
    public void NodeFailed()
    {
        lock (_gate)
        {
            Current().NodeFaults++;
        }
    }

    /// <summary>Records how full the gateway is.</summary>
    /// <param name="intakeBytes">Bytes of pictures in memory.</param>
    public void Sample(long intakeBytes)
    {
        lock (_gate)
        {
            var second = Current();
            second.InFlight = Math.Max(second.InFlight, InFlight);
            second.IntakeBytes = Math.Max(second.IntakeBytes, intakeBytes);
        }
    }

    /// <summary>The complete seconds, oldest first; those in which nothing happened are left out.</summary>
    /// <param name="after">The last known second, in Unix seconds.</param>
    /// <returns>The last complete second, and the seconds.</returns>
    public (long Until, IReadOnlyList<LiveSecond> Seconds) Read(long after)
    {
        lock (_gate)
        {
            long until = Now - 1;
            var seconds = new List<LiveSecond>();
            for (long at = Math.Max(after, until - Kept) + 1; at <= until; at++)
            {
                var second = _ring[at % _ring.Length];
                if (second.At == at)
                {
                    seconds.Add(second.Shown());
                }
            }

            return (until, seconds);
        }
    }

    /// <summary>The sums of the last complete minute.</summary>
    public LiveSummary Summarize()
    {
        lock (_gate)
        {
            long until = Now - 1;
            var sum = new Second();
            _sum.Clear();
            for (long at = until - Summarized + 1; at <= until; at++)
            {
                var second = _ring[at % _ring.Length];
                if (second.At == at)
                {
                    sum.Add(second);
                    _sum.Add(second.Latency);
                }
            }

            return new LiveSummary(
                Summarized,
                sum.Captions,
                sum.Hits,
                sum.Coalesced,
                sum.Refused,
                sum.Overloaded,
                sum.Failed,
                sum.NodeFaults,
                sum.Tokens,
                sum.Cost,
                _sum.Percentile(50),
                _sum.Percentile(95),
                _sum.Percentile(99)
            );
        }
    }

    private Second Current()
    {
        long now = Now;
        var second = _ring[now % _ring.Length];
        if (second.At != now)
        {
            second.Begin(now);
        }

        return second;
    }

    /// <summary>One second's counters.</summary>
    private sealed class Second
    {
        public long At { get; private set; }

        public int Captions { get; set; }

        public int Hits { get; set; }

        public int Coalesced { get; set; }

        public int Refused { get; set; }

        public int Overloaded { get; set; }

        public int Failed { get; set; }

        public int NodeFaults { get; set; }

        public int Tokens { get; set; }

        public decimal Cost { get; set; }

        public long InFlight { get; set; }

        public long IntakeBytes { get; set; }

        public Latencies Latency { get; } = new();

        public void Begin(long at)
        {
            At = at;
            Captions = Hits = Coalesced = Refused = Overloaded = Failed = NodeFaults = Tokens = 0;
            Cost = 0;
            InFlight = IntakeBytes = 0;
            Latency.Clear();
        }

        public void Add(Second other)
        {
            Captions += other.Captions;
            Hits += other.Hits;
            Coalesced += other.Coalesced;
            Refused += other.Refused;
            Overloaded += other.Overloaded;
            Failed += other.Failed;
            NodeFaults += other.NodeFaults;
            Tokens += other.Tokens;
            Cost += other.Cost;
        }

        public LiveSecond Shown() =>
            new(
                At,
                Captions,
                Hits,
                Coalesced,
                Refused,
                Overloaded,
                Failed,
                NodeFaults,
                Tokens,
                InFlight,
                IntakeBytes,
                Latency.Percentile(50),
                Latency.Percentile(95),
                Latency.Percentile(99)
            );
    }
}
