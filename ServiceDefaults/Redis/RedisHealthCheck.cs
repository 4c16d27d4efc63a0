using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ImageToText.ServiceDefaults.Redis;

/// <summary>
/// Aspire's health check under the link's rules: a probe doesn't wait for a Redis that is silent, and a service without its cache is
/// degraded but ready.
/// </summary>
/// <param name="asked">Aspire's check; made only while Redis answers, since making it may connect.</param>
/// <param name="services">What it is made from.</param>
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
