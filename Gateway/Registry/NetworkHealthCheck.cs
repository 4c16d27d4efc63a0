using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Registry;

/// <summary>
/// The gateway is ready when it knows the network. A network without nodes, or one that the pricing service has not confirmed
/// lately, is reported, but is not the gateway's fault.
/// </summary>
internal sealed class NetworkHealthCheck(Network network, IOptions<PricingConnectionOptions> options) : IHealthCheck
{
    // An answer may take as long as the request stays open, and a little more.
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(15);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(
            !network.IsKnown ? HealthCheckResult.Unhealthy("The pricing service has not been reached yet.")
            : network.View.DefaultModelId is null && network.View.Snapshot.Nodes.Count == 0
                ? HealthCheckResult.Degraded("No node is registered.")
            : network.Age > options.Value.Wait + Slack
                ? HealthCheckResult.Degraded(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"The pricing service can't be reached; the network is that of {network.AsOf:u}, "
                            + $"{network.Age.TotalSeconds:0} s ago."
                    )
                )
            : HealthCheckResult.Healthy()
        );
}
