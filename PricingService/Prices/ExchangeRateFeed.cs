using ImageToText.PricingService.Storage;
using ImageToText.ServiceDefaults.Resilience;

namespace ImageToText.PricingService.Prices;

/// <summary>
/// Keeps the exchange rate fresh, and tells gateways when it has changed or become too old. It runs separately, so that a source
/// that does not answer holds up nothing else.
/// </summary>
internal sealed partial class ExchangeRateFeed(
    ExchangeRates rates,
    NetworkChanges changes,
    TimeProvider time,
    ILogger<ExchangeRateFeed> logger
) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    /// <summary>Checks the rate once.</summary>
    public Task RunOnceAsync(CancellationToken cancellationToken) => rates.RefreshAsync(changes.AnnounceAsync, cancellationToken);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!rates.IsRead)
        {
            return;
        }

        await PeriodicRounds.RunAsync(Every, time, RunOnceAsync, fault => Log.Failed(logger, fault), stoppingToken);
    }

    private static partial class Log
    {
        [LoggerMessage(21, LogLevel.Error, "A change of the exchange rate could not be announced; trying again shortly.")]
        public static partial void Failed(ILogger logger, Exception fault);
    }
}
