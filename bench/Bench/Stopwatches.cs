using System.Diagnostics;

namespace ImageToText.Bench;

/// <summary>Times of one thing measured several times.</summary>
internal sealed class StopwatchSamples
{
    private readonly List<double> _milliseconds = [];

    /// <summary>The fastest one, in milliseconds: what the machine can do undisturbed.</summary>
    public double Minimum => _milliseconds.Min();

    /// <summary>The median, in milliseconds.</summary>
    public double Median => Quantile(0.5);

    /// <summary>Measures one call.</summary>
    public void Measure(Action action)
    {
        long started = Stopwatch.GetTimestamp();
        action();
        _milliseconds.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
    }

    /// <summary>Adds a time measured elsewhere.</summary>
    public void Add(double milliseconds) => _milliseconds.Add(milliseconds);

    /// <summary>The time that a given share of the samples does not exceed.</summary>
    public double Quantile(double share) =>
        _milliseconds.Order().ElementAt(Math.Clamp((int)Math.Ceiling(share * _milliseconds.Count) - 1, 0, _milliseconds.Count - 1));
}

/// <summary>The process's memory, as the operating system counts it.</summary>
internal static class ProcessMemory
{
    /// <summary>Resident bytes now.</summary>
    public static long Resident
    {
        get
        {
            using var process = Process.GetCurrentProcess();
            return process.WorkingSet64;
        }
    }
}
