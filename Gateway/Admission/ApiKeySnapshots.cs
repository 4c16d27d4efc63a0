namespace ImageToText.Gateway.Admission;

/// <summary>Saves what is known about keys to disk, a few seconds after a change and at the end.</summary>
internal sealed class ApiKeySnapshots(ApiKeyCache keys, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        keys.Keep();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                keys.Keep();
            }
        }
        catch (OperationCanceledException)
        {
            // The gateway is stopping.
        }
    }
}
