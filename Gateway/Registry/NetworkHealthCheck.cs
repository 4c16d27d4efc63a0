using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ImageToText.Gateway.Registry;

/// <summary>The gateway is ready when it knows the network; a network without nodes is told, but is no fault of the gateway's.</summary>
internal sealed class NetworkHealthCheck(Network network) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(
            !network.IsKnown ? HealthCheckResult.Unhealthy("The pricing service has not been reached yet.")
            : network.View.DefaultModelId is null && network.View.Snapshot.Nodes.Count == 0 ? HealthCheckResult.Degraded("No node is registered.")
            : HealthCheckResult.Healthy());
}
