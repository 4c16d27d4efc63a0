using System.Collections.Concurrent;

namespace ImageToText.Gateway.Selection;

/// <summary>The latest captions' seconds per pixel by model. Their 95th percentile decides when to ask a second node.</summary>
internal sealed class LatencyWindow
{
    private const int AtLeast = 20;
    private readonly ConcurrentDictionary<string, RecentValues> _rings = new(StringComparer.Ordinal);

    /// <summary>Adds a delivered caption.</summary>
    public void Add(string model, long pixels, TimeSpan elapsed) =>
        _rings.GetOrAdd(model, static _ => new RecentValues()).Add(elapsed.TotalSeconds / Math.Max(1, pixels));

    /// <summary>
    /// The time within which 95 of 100 captions with this many pixels finish; null while fewer than 20 were seen.
    /// </summary>
    public TimeSpan? Percentile95(string model, long pixels) =>
        _rings.TryGetValue(model, out var ring) && ring.Percentiles(AtLeast, 0.95) is [var seconds]
            ? TimeSpan.FromSeconds(seconds * pixels)
            : null;
}
