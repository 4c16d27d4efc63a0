namespace ImageToText.Gateway.Billing.Budgets;

/// <summary>USD per second lately: an exponentially fading sum, corrected for the time in which it began.</summary>
internal sealed class SpendRate(TimeProvider time)
{
    private const double Fade = 10;
    private readonly long _began = time.GetTimestamp();
    private double _sum;
    private long _at = time.GetTimestamp();

    /// <summary>Adds money that was reserved. It is a measure of money rather than money, so a double will do.</summary>
    public void Add(decimal cost)
    {
        long now = time.GetTimestamp();
        _sum = (_sum * Math.Exp(-time.GetElapsedTime(_at, now).TotalSeconds / Fade)) + (double)cost;
        _at = now;
    }

    /// <summary>USD that <paramref name="span"/> will take at the present rate.</summary>
    public decimal Over(TimeSpan span)
    {
        long now = time.GetTimestamp();
        double seen = Math.Max(0.5, time.GetElapsedTime(_began, now).TotalSeconds);
        double sum = _sum * Math.Exp(-time.GetElapsedTime(_at, now).TotalSeconds / Fade);
        return (decimal)Math.Min(sum / (Fade * (1 - Math.Exp(-seen / Fade))) * span.TotalSeconds, 1e9);
    }
}
