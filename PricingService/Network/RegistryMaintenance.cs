using ImageToText.PricingService.Budgets;
using ImageToText.PricingService.Idempotency;
using ImageToText.PricingService.Registry;
using ImageToText.PricingService.Storage;
using ImageToText.PricingService.Storage.Rows;
using ImageToText.PricingService.Verification;
using ImageToText.ServiceDefaults.Resilience;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ImageToText.PricingService.Network;

/// <summary>Handles what happens with time: leases that end, files that change, changes by other replicas.</summary>
internal sealed partial class RegistryMaintenance(
    Store store,
    StoreWait wait,
    Signal<NetworkVersion> changed,
    NetworkChanges changes,
    NodeRegistry nodes,
    BudgetLeaseService slices,
    VerificationQueue verifications,
    IdempotencyService idempotency,
    OperatorFiles files,
    IOptions<NodeRegistryOptions> options,
    TimeProvider time,
    ILogger<RegistryMaintenance> logger
) : BackgroundService
{
    private long _known;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        // A wrong file stops the start before anything is served.
        await wait.UntilReachedAsync(files.StartAsync, cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Checks everything once.</summary>
    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        // This comes first: in an outage of the store the first check fails, and slices must learn of every outage.
        await slices.EndExpiredAsync(cancellationToken);
        await nodes.ExpireAsync(cancellationToken);
        await verifications.TakeBackAsync(cancellationToken);
        await idempotency.ForgetAsync(cancellationToken);
        await files.RefreshAsync(changes.AnnounceAsync, cancellationToken);

        long latest = await store.ReadAsync(db => db.NetworkVersions.Select(version => version.Latest).SingleAsync(cancellationToken));
        if (Interlocked.Exchange(ref _known, latest) != latest)
        {
            changed.Raise();
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        PeriodicRounds.RunAsync(
            options.Value.SweepEvery,
            time,
            RunOnceAsync,
            fault => Log.Failed(logger, fault),
            stoppingToken,
            atOnce: false
        );

    private static partial class Log
    {
        [LoggerMessage(50, LogLevel.Error, "The leases could not be checked; trying again shortly.")]
        public static partial void Failed(ILogger logger, Exception fault);
    }
}
