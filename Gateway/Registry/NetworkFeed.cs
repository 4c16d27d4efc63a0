using ImageToText.Contracts.Client;
using ImageToText.Contracts.Registry;
using ImageToText.Gateway.Snapshots;
using ImageToText.ServiceDefaults.Resilience;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Registry;

/// <summary>
/// Asks the pricing service for the network and then for its changes, with one request always open. While there is no answer, the
/// last known network stays in force, even that of an earlier run.
/// </summary>
internal sealed partial class NetworkFeed(
    PricingClient pricing,
    GatewayIdentity identity,
    Network network,
    SnapshotFile<NetworkSnapshot> kept,
    IOptions<PricingConnectionOptions> options,
    TimeProvider time,
    ILogger<NetworkFeed> logger
) : BackgroundService
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        long? version = null;
        int failures = 0;
        return new EndlessRetry(FirstPause, options.Value.RetryAtMost, time).RepeatAsync(AskAsync, Failed, stoppingToken);

        async ValueTask AskAsync(CancellationToken cancellationToken)
        {
            using var deadline = new Deadline(options.Value.Wait + Slack, time, cancellationToken);
            var update = await pricing.WatchNetworkAsync(identity.Id, version, options.Value.Wait, deadline.Token);
            version = update.Version;
            var now = time.GetUtcNow();
            if (update.Network is { } snapshot)
            {
                network.Update(snapshot, now);
                kept.Save(snapshot);
                Log.Updated(logger, snapshot.Nodes.Count);
            }
            else
            {
                network.Confirm(now);
                kept.Confirm(now);
            }

            network.Recall(update.Recalls);
            if (failures > 0)
            {
                Log.Reached(logger, failures);
                failures = 0;
            }
        }

        void Failed(Exception failure, int inRow)
        {
            failures = inRow;
            // After an outage the first question asks for all: the service may have counted anew.
            version = null;
            if (!PricingOutage.Explains(failure))
            {
                Log.Failed(logger, failure);
            }
            else if (inRow == 1)
            {
                Log.Unreachable(logger, failure.Message);
            }

            Remember();
        }
    }

    // If nothing is known yet, an earlier run's network is put in force.
    private void Remember()
    {
        try
        {
            if (!network.IsKnown && kept.Load() is { } known)
            {
                network.Update(known.Value, known.AsOf);
                Log.Remembered(logger, known.Value.Nodes.Count, known.AsOf);
            }
        }
        catch (Exception failure)
        {
            Log.Failed(logger, failure);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2101, LogLevel.Debug, "The network has changed: {Nodes} nodes.")]
        public static partial void Updated(ILogger logger, int nodes);

        [LoggerMessage(2102, LogLevel.Warning, "The pricing service can't be reached; the last known network stays in force: {Reason}")]
        public static partial void Unreachable(ILogger logger, string reason);

        [LoggerMessage(
            2104,
            LogLevel.Warning,
            "The network of {Nodes} nodes that an earlier run knew at {AsOf:u} is in force until the pricing service answers."
        )]
        public static partial void Remembered(ILogger logger, int nodes, DateTimeOffset asOf);

        [LoggerMessage(2105, LogLevel.Error, "The network could not be updated; trying again later. The last known one stays in force.")]
        public static partial void Failed(ILogger logger, Exception failure);

        [LoggerMessage(2103, LogLevel.Information, "The pricing service can be reached again after {Failures} failed attempts.")]
        public static partial void Reached(ILogger logger, int failures);
    }
}
