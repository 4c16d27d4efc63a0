using ImageToText.ServiceDefaults.Resilience;

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
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        PeriodicRounds.RunAsync(Every, time, keys.Keep, stoppingToken, atOnce: false);
}
