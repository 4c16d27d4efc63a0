using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ImageToText.ServiceDefaults.Redis;

/// <summary>
/// Wraps Aspire's health check in the link's rules: a probe doesn't wait for a silent Redis, and a service without its cache is
/// degraded but ready.
/// </summary>
/// <param name="asked">Aspire's check. It is created only while Redis answers, because creating it may connect.</param>
/// <param name="services">Provides what the check needs.</param>
internal sealed class RedisHealthCheck(Func<IServiceProvider, IHealthCheck> asked, IServiceProvider services) : IHealthCheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private static readonly HealthCheckResult Silent = HealthCheckResult.Degraded(
        "Redis does not answer: going on without it until it does."
    );

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (!services.GetRequiredService<RedisLink>().IsOpen)
        {
            return Silent;
        }

        try
        {
            return await asked(services).CheckHealthAsync(context, cancellationToken).WaitAsync(Patience, cancellationToken);
        }
        catch (TimeoutException)
        {
            return Silent;
        }
    }
}
