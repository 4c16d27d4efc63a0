using System.Globalization;
using ImageToText.Gateway.Errors;

namespace ImageToText.Gateway.Jobs;

/// <summary>The time that a job is allowed, as callers write it.</summary>
internal static class JobWindow
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    /// <summary>Reads it.</summary>
    /// <exception cref="RefusalException">422: it can't be read.</exception>
    public static TimeSpan Read(string? text)
    {
        if (text is { Length: >= 2 and <= 4 } && int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out int count))
        {
            var window = text[^1] switch
            {
                'h' => TimeSpan.FromHours(count),
                'd' => TimeSpan.FromDays(count),
                _ => TimeSpan.Zero,
            };
            if (window > TimeSpan.Zero && window <= Longest)
            {
                return window;
            }
        }

        throw Refusals.InvalidOption("completion_window", "'completion_window' must be hours or days, at most 30 days: 24h, or 7d.");
    }
}
