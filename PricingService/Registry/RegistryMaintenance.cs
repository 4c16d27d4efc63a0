using ImageToText.PricingService.Budgets;
using ImageToText.PricingService.Catalogue;
using ImageToText.PricingService.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ImageToText.PricingService.Registry;

/// <summary>What time brings about: leases that end, files that change, changes that other replicas have made.</summary>
internal sealed partial class RegistryMaintenance(
    Store store,
    Signal<NetworkVersion> changed,
    NetworkChanges changes,
    NodeRegistry nodes,
    BudgetLeaseService slices,
    VerificationQueue verifications,
    OperatorFiles files,
    IOptions<RegistryOptions> options,
    TimeProvider time,
    ILogger<RegistryMaintenance> logger
) : BackgroundService
{
    private long _known;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        // A file that is wrong ends the start, before anything is served.
        await files.StartAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Looks everything over once.</summary>
    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        // First: in an outage of the store the first look fails, and slices must hear of every outage.
        await slices.EndExpiredAsync(cancellationToken);
        await nodes.ExpireAsync(cancellationToken);
        await verifications.TakeBackAsync(cancellationToken);
        if (await files.RefreshAsync(cancellationToken))
        {
            await changes.WriteAsync([], _ => Task.FromResult((true, Change.Network)), cancellationToken);
        }

        long latest = await store.ReadAsync(db => db.NetworkVersions.Select(version => version.Latest).SingleAsync(cancellationToken));
        if (Interlocked.Exchange(ref _known, latest) != latest)
        {
            changed.Raise();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.SweepEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    await RunOnceAsync(stoppingToken);
                }
                catch (Exception fault) when (fault is not OperationCanceledException)
                {
                    Log.Failed(logger, fault);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The service ends.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(50, LogLevel.Error, "The leases could not be looked over; it is tried again shortly.")]
        public static partial void Failed(ILogger logger, Exception fault);
    }
}
