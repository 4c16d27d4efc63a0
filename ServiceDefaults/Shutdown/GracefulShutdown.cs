using ImageToText.ServiceDefaults.Health;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Options;

namespace ImageToText.ServiceDefaults.Shutdown;

/// <summary>Shuts a host down: readiness turns false, the listener closes, requests under way finish.</summary>
internal static class GracefulShutdown
{
    public static void AddGracefulShutdown(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<Drain>();
        builder.Services.AddHealthChecks().AddCheck<DrainHealthCheck>("drain", tags: [HealthEndpoints.ExpectedTag]);
        builder.Services.AddSingleton<IStartupFilter, DrainConnections>();
        builder.Services.AddSingleton<IConfigureOptions<HostOptions>>(services => new ConfigureOptions<HostOptions>(host =>
            host.ShutdownTimeout = services.GetRequiredService<IOptions<ServiceDefaultsOptions>>().Value.ShutdownTimeout
        ));

        // A host under systemd, as a Windows service or in a test already has a suitable lifetime.
        var lifetime = builder.Services.LastOrDefault(service => service.ServiceType == typeof(IHostLifetime));
        if (lifetime?.ImplementationType == typeof(ConsoleLifetime))
        {
            builder.Services.AddSingleton<IHostLifetime, DrainingLifetime>();
        }
    }
}
