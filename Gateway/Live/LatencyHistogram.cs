namespace ImageToText.Gateway.Live;

/// <summary>
/// Counts of times by size, for their percentiles: each bound is a tenth above the one before, from 1 ms to about 190 s, so that a
/// percentile is right to five percent however many times were counted.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int Bounds = 128;
    private const double Growth = 1.1;
    private static readonly double PerLog = 1 / Math.Log(Growth);
    private readonly int[] _counts = new int[Bounds];

    /// <summary>Times counted.</summary>
    public int Count { get; private set; }

    /// <summary>Counts a time.</summary>
    public void Add(TimeSpan elapsed)
    {
        int place = elapsed.TotalMilliseconds <= 1 ? 0 : (int)Math.Ceiling(Math.Log(elapsed.TotalMilliseconds) * PerLog);
        _counts[Math.Min(place, Bounds - 1)]++;
        Count++;
    }

    /// <summary>Adds what another has counted.</summary>
    public void Add(LatencyHistogram other)
    {
        for (int i = 0; i < Bounds; i++)
        {
            _counts[i] += other._counts[i];
        }

        Count += other.Count;
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Array.Clear(_counts);
        Count = 0;
    }

    /// <summary>The time in milliseconds within which such a share of all fell; null: none was counted.</summary>
    /// <param name="share">From 0 to 1, such as 0.95.</param>
    public double? Percentile(double share)
    {
        if (Count == 0)
        {
            return null;
        }

        int wanted = Math.Max(1, (int)Math.Ceiling(Count * share));
        int place = 0;
        for (int seen = _counts[0]; seen < wanted; seen += _counts[place])
        {
            place++;
        }

        // The middle of its bounds, on their own scale.
        return place == 0 ? 1 : Math.Round(Math.Pow(Growth, place - 0.5), 1);
    }
}
