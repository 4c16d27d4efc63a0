namespace ImageToText.ServiceDefaults.Resilience;

/// <summary>The work of a background service that does the same thing again and again, at fixed times.</summary>
public static class PeriodicRounds
{
    /// <summary>Does something that can't fail, at once and then at every tick, until the service ends.</summary>
    /// <param name="every">The time between ticks.</param>
    /// <param name="time">The clock.</param>
    /// <param name="round">Does it once. If it does fail, the rounds end with its exception.</param>
    /// <param name="stoppingToken">The service ends; so do the rounds, without an exception.</param>
    /// <param name="atOnce">Whether the first round doesn't wait for a tick.</param>
    public static async Task RunAsync(TimeSpan every, TimeProvider time, Action round, CancellationToken stoppingToken, bool atOnce = true)
    {
        ArgumentNullException.ThrowIfNull(round);
        using var timer = new PeriodicTimer(every, time);
        try
        {
            while (atOnce || await timer.WaitForNextTickAsync(stoppingToken))
            {
                atOnce = false;
                round();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The service is stopping.
        }
    }

    /// <summary>
    /// Does something at once and then at every tick. A round that fails, even by a timeout of its own, is told of and doesn't end the
    /// others. Only the service's end does.
    /// </summary>
    /// <param name="every">The time between ticks.</param>
    /// <param name="time">The clock.</param>
    /// <param name="round">Does it once.</param>
    /// <param name="failed">Told of each failure.</param>
    /// <param name="stoppingToken">The service ends; so do the rounds, without an exception.</param>
    /// <param name="atOnce">Whether the first round doesn't wait for a tick.</param>
    public static async Task RunAsync(
        TimeSpan every,
        TimeProvider time,
        Func<CancellationToken, Task> round,
        Action<Exception> failed,
        CancellationToken stoppingToken,
        bool atOnce = true
    )
    {
        ArgumentNullException.ThrowIfNull(round);
        ArgumentNullException.ThrowIfNull(failed);
        using var timer = new PeriodicTimer(every, time);
        try
        {
            while (atOnce || await timer.WaitForNextTickAsync(stoppingToken))
            {
                atOnce = false;
                try
                {
                    await round(stoppingToken);
                }
                catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
                {
                    failed(fault);
                }
            }
        }
        catch (Exception) when (stoppingToken.IsCancellationRequested)
        {
            // The service is stopping.
        }
    }
}
