using HdrHistogram;

namespace ImageToText.Bench.Load;

/// <summary>Latencies in milliseconds.</summary>
internal sealed record Percentiles(double P50, double P90, double P95, double P99, double Max, double Mean)
{
    private const long LongestMicroseconds = 600_000_000;

    /// <summary>Percentiles of latencies, with three digits each; null: there are none.</summary>
    public static Percentiles? Of(IEnumerable<TimeSpan> latencies)
    {
        var histogram = new LongHistogram(LongestMicroseconds, 3);
        foreach (var latency in latencies)
        {
            histogram.RecordValue(Math.Clamp((long)latency.TotalMicroseconds, 1, LongestMicroseconds));
        }

        return histogram.TotalCount == 0
            ? null
            : new Percentiles(At(50), At(90), At(95), At(99), histogram.GetMaxValue() / 1000.0, histogram.GetMean() / 1000);

        double At(double percentile) => histogram.GetValueAtPercentile(percentile) / 1000.0;
    }
}
