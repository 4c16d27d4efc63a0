namespace ImageToText.Gateway.Selection;

/// <summary>The latest values of something, for percentiles.</summary>
internal sealed class RecentValues
{
    private const int Size = 256;
    private readonly double[] _values = new double[Size];
    private readonly Lock _gate = new();
    private long _count;

    /// <summary>Adds a value.</summary>
    public void Add(double value)
    {
        lock (_gate)
        {
            _values[_count++ % Size] = value;
        }
    }

    /// <summary>
    /// The values below or at which these shares of all lie; null: fewer than <paramref name="atLeast"/> were added.
    /// </summary>
    /// <param name="atLeast">The least number of values for a meaningful percentile.</param>
    /// <param name="shares">From 0 to 1, such as 0.95.</param>
    public double[]? Percentiles(int atLeast, params ReadOnlySpan<double> shares)
    {
        double[] sorted;
        lock (_gate)
        {
            if (_count < atLeast)
            {
                return null;
            }

            sorted = _values.AsSpan(0, (int)Math.Min(_count, Size)).ToArray();
        }

        Array.Sort(sorted);
        double[] found = new double[shares.Length];
        for (int i = 0; i < found.Length; i++)
        {
            found[i] = sorted[Math.Max(0, (int)Math.Ceiling(sorted.Length * shares[i]) - 1)];
        }

        return found;
    }
}
