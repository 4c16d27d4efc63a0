using System.Collections.Concurrent;

namespace ImageToText.Gateway.Selection;

/// <summary>What this gateway has seen of one node: requests under way, speed, faults. Outlives registry snapshots.</summary>
internal sealed class NodeStanding
{
    private readonly ConcurrentDictionary<string, (double Value, long At)> _secondsPerPixel = new(StringComparer.Ordinal);
    private readonly SelectionOptions _options;
    private readonly TimeProvider _time;
    private int _inFlight;
    private long _busyUntil = long.MinValue;

    public NodeStanding(string id, SelectionOptions options, TimeProvider time, Random random)
    {
        Id = id;
        _options = options;
        _time = time;
        Suspension = new Suspension(options, time, random);
    }

    /// <summary>The node's id in the registry.</summary>
    public string Id { get; }

    /// <summary>Whether it failed lately.</summary>
    public Suspension Suspension { get; }

    /// <summary>What the active health checks found; unknown counts as well.</summary>
    public bool ActivelyUnhealthy { get; set; }

    /// <summary>Milliseconds from admission to the caption's end, of its latest captions.</summary>
    public RecentValues Latencies { get; } = new();

    /// <summary>Requests of this gateway under way there.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>How long the node asked to be left alone yet; zero: not at all.</summary>
    public TimeSpan BusyFor
    {
        get
        {
            var until = Interlocked.Read(ref _busyUntil);
            var now = _time.GetTimestamp();
            return until <= now ? TimeSpan.Zero : _time.GetElapsedTime(now, until);
        }
    }

    /// <summary>The mean time of a pixel of <paramref name="model"/>, in seconds; null: not measured lately.</summary>
    public double? SecondsPerPixel(string model) =>
        _secondsPerPixel.TryGetValue(model, out var known) && _time.GetElapsedTime(known.At) < _options.LatencyLifetime ? known.Value : null;

    /// <summary>Counts a request that goes to the node.</summary>
    public void Began()
    {
        Interlocked.Increment(ref _inFlight);
        Suspension.Begin();
    }

    /// <summary>The node delivered: its time counts, and faults before are forgotten. A time that is no longer believed has no weight either.</summary>
    public void Delivered(string model, long pixels, TimeSpan elapsed)
    {
        Interlocked.Decrement(ref _inFlight);
        Suspension.Succeeded();
        var measured = elapsed.TotalSeconds / Math.Max(1, pixels);
        _secondsPerPixel.AddOrUpdate(
            model,
            static (_, args) => (args.measured, args.now),
            static (_, before, args) => args.time.GetElapsedTime(before.At, args.now) < args.options.LatencyLifetime
                ? (before.Value + (args.options.LatencyWeight * (args.measured - before.Value)), args.now)
                : (args.measured, args.now),
            (measured, options: _options, time: _time, now: _time.GetTimestamp()));
    }

    /// <summary>The node failed. Its time does not count: a fast failure is no speed. Returns how long it rests.</summary>
    public TimeSpan Failed()
    {
        Interlocked.Decrement(ref _inFlight);
        return Suspension.Failed();
    }

    /// <summary>The node has no place now (429), which is no fault.</summary>
    public void Busy(TimeSpan? retryAfter)
    {
        Interlocked.Decrement(ref _inFlight);
        Suspension.Undecided();
        var pause = retryAfter is { } asked && asked > TimeSpan.Zero ? asked : _options.BusyPause;
        pause = pause < _options.BusyAtMost ? pause : _options.BusyAtMost;
        Interlocked.Exchange(ref _busyUntil, _time.GetTimestamp() + (long)(pause.TotalSeconds * _time.TimestampFrequency));
    }

    /// <summary>The request ended without saying anything of the node: the caller left, or was at fault.</summary>
    public void Ended()
    {
        Interlocked.Decrement(ref _inFlight);
        Suspension.Undecided();
    }
}
