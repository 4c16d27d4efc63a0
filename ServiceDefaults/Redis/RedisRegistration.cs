using ImageToText.ServiceDefaults.Startup;
using ImageToText.ServiceDefaults.Telemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace ImageToText.ServiceDefaults.Redis;

/// <summary>
/// Adds the link to Redis to a host: Aspire's client for the connection, its spans and its health check, and
/// <see cref="RedisLink"/> for its use.
/// </summary>
public static class RedisRegistration
{
    private const string AspireSection = "Aspire:StackExchange:Redis";
    private const string AspireHealthCheck = "StackExchange.Redis";

    // A request waits less than this; a probe waits not much longer.
    private const int ConnectMilliseconds = 1000;

    /// <summary>Adds one <see cref="RedisLink"/>, no matter how often it is called.</summary>
    /// <param name="builder">
    /// The host builder. Reads <c>ConnectionStrings:redis</c> and Aspire's section <c>Aspire:StackExchange:Redis</c>. If neither
    /// has a connection string, there is no Redis.
    /// </param>
    /// <returns>The same builder.</returns>
    /// <exception cref="ServiceStartException">The connection string can't be parsed.</exception>
    public static IHostApplicationBuilder AddRedisLink(this IHostApplicationBuilder builder)
    {
        if (builder.Services.Any(static service => service.ServiceType == typeof(RedisLink)))
        {
            return builder;
        }

        builder.Services.TryAddSingleton(TimeProvider.System);
        bool configured = IsConfigured(builder.Configuration);
        if (configured)
        {
            builder.AddConnection();
        }

        builder.Services.AddSingleton(services => new RedisLink(
            configured ? services.GetRequiredService<IConnectionMultiplexer> : null,
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<RedisLink>>()
        ));
        builder.Services.AddHostedService(static services => services.GetRequiredService<RedisLink>());
        return builder;
    }

    private static void AddConnection(this IHostApplicationBuilder builder)
    {
        builder.AddRedisClient(
            RedisLink.ConnectionName,
            settings =>
            {
                // The link connects in the background, so that no start waits for a cache.
                settings.DisableAutoActivation = true;
                // Tracing watches each command, which is wasted effort without an exporter.
                settings.DisableTracing |= !TelemetryExtensions.Exports(builder.Configuration);
            },
            static redis =>
            {
                redis.AbortOnConnectFail = false;
                redis.BacklogPolicy = BacklogPolicy.FailFast;
                redis.ConnectTimeout = Math.Min(redis.ConnectTimeout, ConnectMilliseconds);
                redis.ReconnectRetryPolicy = new LinearRetry((int)RedisLink.ProbeInterval.TotalMilliseconds);
            }
        );
        builder.Services.PostConfigure<HealthCheckServiceOptions>(static checks =>
        {
            if (checks.Registrations.FirstOrDefault(static check => check.Name == AspireHealthCheck) is not { } registration)
            {
                return; // It was turned off in Aspire's section.
            }

            var asked = registration.Factory;
            registration.Name = RedisLink.ConnectionName;
            registration.FailureStatus = HealthStatus.Degraded;
            registration.Factory = services => new RedisHealthCheck(asked, services);
        });
    }

    private static bool IsConfigured(IConfiguration configuration)
    {
        foreach (
            string key in (ReadOnlySpan<string>)
                [
                    $"ConnectionStrings:{RedisLink.ConnectionName}",
                    $"{AspireSection}:{RedisLink.ConnectionName}:ConnectionString",
                    $"{AspireSection}:ConnectionString",
                ]
        )
        {
            if (configuration[key] is not { Length: > 0 } text)
            {
                continue;
            }

            try
            {
                ConfigurationOptions.Parse(text);
                return true;
            }
            catch (ArgumentException exception)
            {
                // The exception's message may quote the connection string, and with it a password.
                throw new ServiceStartException(
                    $"{key} can't be read: write HOST:PORT, with ',password=...' and ',ssl=true' where they are needed "
                        + $"({exception.GetType().Name})."
                );
            }
        }
        return false;
    }
}
