using ImageToText.Gateway.Registry;
using ImageToText.ServiceDefaults.Resilience;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Billing.Budgets;

/// <summary>
/// Renews the slices' leases, and gives back what is recalled or idle. At the end it gives back everything or, if the pricing service is
/// away, leaves it to the gateway's next life.
/// </summary>
internal sealed partial class BudgetLeaseRenewal(
    KeyBudgets budgets,
    IOptions<PricingConnectionOptions> registry,
    TimeProvider time,
    ILogger<BudgetLeaseRenewal> logger
) : BackgroundService
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        // Asked first, because what may have been given back can't be kept.
        if (await TryAsync(budgets.RenewAsync, cancellationToken))
        {
            await TryAsync(token => budgets.ReturnAsync(all: true, token), cancellationToken);
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        long renewedAt = time.GetTimestamp();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await budgets.WaitAsync(Tick, stoppingToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            bool reached = await TryAsync(token => budgets.ReturnAsync(all: false, token), stoppingToken);
            if (time.GetElapsedTime(renewedAt) >= RenewEvery)
            {
                renewedAt = time.GetTimestamp();
                reached &= await TryAsync(budgets.RenewAsync, stoppingToken);
            }

            if (!reached)
            {
                await Task.Delay(Tick, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task<bool> TryAsync(Func<CancellationToken, Task> call, CancellationToken cancellationToken)
    {
        using var deadline = new Deadline(registry.Value.CallTimeout, time, cancellationToken);
        try
        {
            await call(deadline.Token);
            return true;
        }
        catch (Exception failure)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                return false;
            }

            if (PricingOutage.Explains(failure))
            {
                Log.Unreachable(logger, failure.Message);
            }
            else
            {
                // An exception that escaped from here would end the gateway.
                Log.Failed(logger, failure);
            }

            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2301, LogLevel.Warning, "Budget slices could not be renewed or given back; trying again later: {Reason}")]
        public static partial void Unreachable(ILogger logger, string reason);

        [LoggerMessage(2302, LogLevel.Error, "Renewing budget slices or giving them back failed; trying again later.")]
        public static partial void Failed(ILogger logger, Exception failure);
    }
}
