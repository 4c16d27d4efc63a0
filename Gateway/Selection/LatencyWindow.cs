using System.Collections.Concurrent;

namespace ImageToText.Gateway.Selection;

/// <summary>The latest captions' seconds per pixel by model, for their 95th percentile: when a second node is asked too.</summary>
internal sealed class LatencyWindow
{
    private const int Size = 256;
    private const int AtLeast = 20;
    private readonly ConcurrentDictionary<string, Ring> _rings = new(StringComparer.Ordinal);

    /// <summary>Counts a delivered caption.</summary>
    public void Add(string model, long pixels, TimeSpan elapsed) =>
        _rings.GetOrAdd(model, static _ => new Ring()).Add(elapsed.TotalSeconds / Math.Max(1, pixels));

    /// <summary>The time in which 95 of 100 captions of so many pixels come; null while fewer than 20 were seen.</summary>
    public TimeSpan? Percentile95(string model, long pixels) =>
        _rings.TryGetValue(model, out var ring) && ring.Percentile95() is { } seconds
            ? TimeSpan.FromSeconds(seconds * pixels)
            : null;

    private sealed class Ring
    {
        private readonly double[] _values = new double[Size];
        private readonly Lock _gate = new();
        private long _count;

        public void Add(double value)
        {
            lock (_gate)
            {
                _values[_count++ % Size] = value;
            }
        }

        public double? Percentile95()
        {
            double[] sorted;
            lock (_gate)
            {
                if (_count < AtLeast)
                {
                    return null;
                }

                sorted = _values.AsSpan(0, (int)Math.Min(_count, Size)).ToArray();
            }

            Array.Sort(sorted);
            return sorted[(int)Math.Ceiling(sorted.Length * 0.95) - 1];
        }
    }
}
