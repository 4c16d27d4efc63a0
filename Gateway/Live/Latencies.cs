using HdrHistogram;

namespace ImageToText.Gateway.Live;

/// <summary>
/// Counts times by size to compute percentiles: from 0.1 ms to 200 s, accurate to four percent regardless of their number. Not
/// thread-safe.
/// </summary>
internal sealed class Latencies
{
    private const long PerMillisecond = 10;
    private const long Most = 200_000 * PerMillisecond;

    private readonly IntHistogram _counts = new(1, Most, numberOfSignificantValueDigits: 1);

    /// <summary>Counts a time.</summary>
    public void Add(TimeSpan elapsed) => _counts.RecordValue(Math.Clamp((long)(elapsed.TotalMilliseconds * PerMillisecond), 1, Most));

    /// <summary>Adds another instance's counts.</summary>
    public void Add(Latencies other) => _counts.Add(other._counts);

    /// <summary>Forgets everything.</summary>
    public void Clear() => _counts.Reset();

    /// <summary>The time in milliseconds within which this share of all fell; null: none was counted.</summary>
    /// <param name="percent">From 0 to 100, such as 95.</param>
    public double? Percentile(double percent) =>
        _counts.TotalCount == 0 ? null : (double)_counts.MedianEquivalentValue(_counts.GetValueAtPercentile(percent)) / PerMillisecond;
}
