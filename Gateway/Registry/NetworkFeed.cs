using ImageToText.Contracts.Client;
using ImageToText.Gateway.Settlement.Budgets;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Registry;

/// <summary>
/// Asks the pricing service for the network and then for its changes, with one question always open. While there is no answer the
/// network known last stays in force.
/// </summary>
internal sealed partial class NetworkFeed(
    PricingClient pricing,
    GatewayIdentity identity,
    Network network,
    BudgetBook budgets,
    IOptions<RegistryOptions> options,
    TimeProvider time,
    ILogger<NetworkFeed> logger) : BackgroundService
{
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        long? version = null;
        var failures = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                using var timeout = new CancellationTokenSource(options.Value.Wait + Slack, time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stoppingToken);
                // After an outage the first question asks for all: the service may have counted anew.
                var update = await pricing.WatchNetworkAsync(identity.Id, failures == 0 ? version : null, options.Value.Wait, either.Token);
                version = update.Version;
                if (update.Network is { } snapshot)
                {
                    network.Update(snapshot);
                    Log.Updated(logger, snapshot.Nodes.Count);
                }

                budgets.Recall(update.Recalls);
                if (failures > 0)
                {
                    Log.Reached(logger, failures);
                    failures = 0;
                }
            }
            catch (Exception failure) when (failure is HttpRequestException or PricingException or OperationCanceledException or System.Text.Json.JsonException)
            {
                if (stoppingToken.IsCancellationRequested)
                {
                    return;
                }

                if (failures++ == 0)
                {
                    Log.Unreachable(logger, failure.Message);
                }

                var pause = TimeSpan.FromMilliseconds(Math.Min(50 << Math.Min(failures, 10), options.Value.RetryAtMost.TotalMilliseconds));
                await Task.Delay(pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2101, LogLevel.Debug, "The network has changed: {Nodes} nodes.")]
        public static partial void Updated(ILogger logger, int nodes);

        [LoggerMessage(2102, LogLevel.Warning, "The pricing service can't be reached; the network known last stays in force: {Reason}")]
        public static partial void Unreachable(ILogger logger, string reason);

        [LoggerMessage(2103, LogLevel.Information, "The pricing service is reached again after {Failures} tries.")]
        public static partial void Reached(ILogger logger, int failures);
    }
}
