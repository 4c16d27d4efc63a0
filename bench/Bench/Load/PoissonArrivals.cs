namespace ImageToText.Bench.Load;

/// <summary>When the requests of many independent callers arrive: a Poisson process, the same for the same seed.</summary>
internal static class PoissonArrivals
{
    /// <summary>Draws the arrival times, starting at zero.</summary>
    /// <param name="perSecond">Mean rate.</param>
    /// <param name="length">The last one arrives before this.</param>
    /// <param name="seed">Draws the gaps.</param>
    public static TimeSpan[] Draw(double perSecond, TimeSpan length, int seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(perSecond);
        var random = new Random(seed);
        var arrivals = new List<TimeSpan>();
        double at = 0.0;
        while (true)
        {
            // 1 - [0, 1) is never zero, whose logarithm would be infinite.
            at -= Math.Log(1 - random.NextDouble()) / perSecond;
            if (at >= length.TotalSeconds)
            {
                return [.. arrivals];
            }

            arrivals.Add(TimeSpan.FromSeconds(at));
        }
    }
}
