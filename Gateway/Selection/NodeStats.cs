using System.Collections.Concurrent;

namespace ImageToText.Gateway.Selection;

/// <summary>What this gateway has seen of one node: requests under way, speed, faults. It outlives registry snapshots.</summary>
internal sealed class NodeStats
{
    /// <summary>After so many requests in a row without a caption, the node itself is to blame rather than the pictures.</summary>
    internal const int ManyMisses = 32;

    // Items wait for others, so their times say nothing about those of the others.
    private readonly ConcurrentDictionary<(string Model, bool IsItem), Pace> _paces = new();

    // By model: requests without a caption since the last caption.
    private readonly ConcurrentDictionary<string, int> _misses = new(StringComparer.Ordinal);
    private readonly SelectionOptions _options;
    private readonly TimeProvider _time;
    private int _inFlight;
    private int _items;
    private long _busyUntil = long.MinValue;

    public NodeStats(string id, SelectionOptions options, TimeProvider time, Random random)
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

    /// <summary>The result of the active health checks; unknown counts too.</summary>
    public bool ActivelyUnhealthy { get; set; }

    /// <summary>Milliseconds from admission to the end of its latest captions.</summary>
    public RecentValues Latencies { get; } = new();

    /// <summary>Requests of this gateway under way there.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>Those among them that another request finds before it: all for an item of a job; all but items for others.</summary>
    public int Before(bool isItem) => InFlight - (isItem ? 0 : Volatile.Read(ref _items));

    /// <summary>How much longer the node asked to be left alone; zero: not at all.</summary>
    public TimeSpan BusyFor
    {
        get
        {
            long until = Interlocked.Read(ref _busyUntil);
            long now = _time.GetTimestamp();
            return until <= now ? TimeSpan.Zero : _time.GetElapsedTime(now, until);
        }
    }

    /// <summary>
    /// The mean time per pixel for <paramref name="model"/>, waiting included, in seconds; null: not measured lately.
    /// </summary>
    public double? SecondsPerPixel(string model) => PaceOf(model)?.SecondsPerPixel;

    /// <summary>
    /// How long a pixel for <paramref name="model"/> will take if it is sent now, in seconds: the measured time, scaled by how
    /// much fuller the node is than it was then. A queue counts at once, not only when its captions come back, and a node that
    /// batches does not look slow because it is as full as usual. Null: not measured lately.
    /// </summary>
    public double? ExpectedSecondsPerPixel(string model, bool isItem = false) =>
        PaceOf(model, isItem) is { } pace ? pace.SecondsPerPixel * (Before(isItem) + 1) / (pace.Others + 1) : null;

    /// <summary>
    /// Whether no request for <paramref name="model"/> can be expected to succeed: the node fails its health checks, or has failed many
    /// requests in a row.
    /// </summary>
    public bool FailsAll(string model) => ActivelyUnhealthy || _misses.GetValueOrDefault(model) >= ManyMisses;

    /// <summary>A request for <paramref name="model"/> brought no caption through the node's fault.</summary>
    public void Missed(string model) => _misses.AddOrUpdate(model, 1, static (_, misses) => misses < ManyMisses ? misses + 1 : misses);

    /// <summary>Counts a request sent to the node.</summary>
    public void Began()
    {
        Interlocked.Increment(ref _inFlight);
        Suspension.Begin();
    }

    /// <summary>Counts an item of a job until the result is disposed; as a request, it counts besides.</summary>
    public IDisposable CountItem() => new CountedItem(this);

    /// <summary>
    /// The node delivered: its time counts, and earlier faults are cleared. A time that is too old has no weight either.
    /// </summary>
    public void Delivered(string model, long pixels, TimeSpan elapsed, bool isItem = false)
    {
        // On average, a caption leaves as many requests behind as it found.
        Interlocked.Decrement(ref _inFlight);
        int others = Math.Max(0, Before(isItem));
        Suspension.Succeeded();
        _misses.TryRemove(model, out _);
        _paces.AddOrUpdate(
            (model, isItem),
            static (_, args) => args.measured,
            static (_, before, args) =>
                args.time.GetElapsedTime(before.At, args.measured.At) < args.options.LatencyLifetime
                    ? before.Toward(args.measured, args.options.LatencyWeight)
                    : args.measured,
            (measured: new Pace(elapsed.TotalSeconds / Math.Max(1, pixels), others, _time.GetTimestamp()), options: _options, time: _time)
        );
    }

    /// <summary>
    /// The node failed. Its time does not count, because a fast failure is not speed. Returns how long it rests.
    /// </summary>
    public TimeSpan Failed()
    {
        Interlocked.Decrement(ref _inFlight);
        return Suspension.Failed();
    }

    /// <summary>The node has no free slot now (429), which is not a fault.</summary>
    public void Busy(TimeSpan? retryAfter)
    {
        Interlocked.Decrement(ref _inFlight);
        Suspension.Undecided();
        var pause = retryAfter is { } asked && asked > TimeSpan.Zero ? asked : _options.BusyPause;
        pause = pause < _options.BusyAtMost ? pause : _options.BusyAtMost;
        Interlocked.Exchange(ref _busyUntil, _time.GetTimestamp() + (long)(pause.TotalSeconds * _time.TimestampFrequency));
    }

    /// <summary>The request ended without saying anything about the node: the caller left, or was at fault.</summary>
    public void Ended()
    {
        Interlocked.Decrement(ref _inFlight);
        Suspension.Undecided();
    }

    private Pace? PaceOf(string model, bool isItem = false) =>
        _paces.TryGetValue((model, isItem), out var known) && _time.GetElapsedTime(known.At) < _options.LatencyLifetime ? known : null;

    private sealed class CountedItem : IDisposable
    {
        private readonly NodeStats _node;

        public CountedItem(NodeStats node)
        {
            _node = node;
            Interlocked.Increment(ref node._items);
        }

        public void Dispose() => Interlocked.Decrement(ref _node._items);
    }

    // Moving means of the time per pixel and of the other requests at the node, and when they were last updated.
    private readonly record struct Pace(double SecondsPerPixel, double Others, long At)
    {
        public Pace Toward(Pace newest, double weight) =>
            new(
                SecondsPerPixel + (weight * (newest.SecondsPerPixel - SecondsPerPixel)),
                Others + (weight * (newest.Others - Others)),
                newest.At
            );
    }
}
