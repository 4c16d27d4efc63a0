namespace ImageToText.Bench.Results;

/// <summary>One thing measured several times: the median, the least and the most.</summary>
internal sealed record Spread(double Median, double Least, double Most) : IFormattable
{
    public static Spread Of(IEnumerable<double> values)
    {
        double[] sorted = values.Order().ToArray();
        return new Spread(sorted[sorted.Length / 2], sorted[0], sorted[^1]);
    }

    /// <summary>"median (least to most)", with formatted numbers.</summary>
    public string ToString(string? format, IFormatProvider? formatProvider) =>
        $"{Median.ToString(format, formatProvider)} ({Least.ToString(format, formatProvider)} to {Most.ToString(format, formatProvider)})";
}
