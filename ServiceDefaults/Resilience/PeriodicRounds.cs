namespace ImageToText.ServiceDefaults.Resilience;

/// <summary>The work of a background service that does the same thing again and again, at fixed times.</summary>
public static class PeriodicRounds
{
    /// <summary>Does something at once and then at every tick. A round that fails is told of and doesn't end the others.</summary>
    /// <param name="every">The time between ticks.</param>
    /// <param name="time">The clock.</param>
    /// <param name="round">Does it once.</param>
    /// <param name="failed">Told of each failure.</param>
    /// <param name="stoppingToken">The service ends; so do the rounds, without an exception.</param>
    public static async Task RunAsync(
        TimeSpan every,
        TimeProvider time,
        Func<CancellationToken, Task> round,
        Action<Exception> failed,
        CancellationToken stoppingToken
    )
    {
        ArgumentNullException.ThrowIfNull(round);
        ArgumentNullException.ThrowIfNull(failed);
        using var timer = new PeriodicTimer(every, time);
        try
        {
            do
            {
                try
                {
                    await round(stoppingToken);
                }
                catch (Exception fault) when (fault is not OperationCanceledException)
                {
                    failed(fault);
                }
            } while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // The service is stopping.
        }
    }
}
