using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ImageToText.ServiceDefaults.Shutdown;

/// <summary>Readiness is false as soon as the host drains.</summary>
internal sealed class DrainHealthCheck(Drain drain) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(drain.IsDraining ? HealthCheckResult.Unhealthy("draining") : HealthCheckResult.Healthy());
}
