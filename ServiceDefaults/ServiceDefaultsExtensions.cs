using ImageToText.ServiceDefaults.Health;
using ImageToText.ServiceDefaults.Resilience;
using ImageToText.ServiceDefaults.Secrets;
using ImageToText.ServiceDefaults.Shutdown;
using ImageToText.ServiceDefaults.Startup;
using ImageToText.ServiceDefaults.Telemetry;
using ImageToText.ServiceDefaults.Tls;
using ImageToText.ServiceDefaults.Validation;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace ImageToText.ServiceDefaults;

/// <summary>What every service shares: telemetry, health, resilience, discovery, a graceful shutdown.</summary>
public static class ServiceDefaultsExtensions
{
    /// <summary>
    /// Adds the shared behaviour to a host. You may call it more than once on one builder, as services in one process do; only
    /// the first call does anything.
    /// </summary>
    /// <param name="builder">The host builder. Reads the section <c>ServiceDefaults</c> and the <c>OTEL_*</c> settings.</param>
    /// <returns>The same builder.</returns>
    public static IHostApplicationBuilder AddServiceDefaults(this IHostApplicationBuilder builder)
    {
        if (builder.Services.Any(service => service.ServiceType == typeof(MappedEndpoints)))
        {
            return builder;
        }

        PoolThreads.Raise();
        builder.Services.AddSingleton<MappedEndpoints>();
        builder.Services.TryAddSingleton(TimeProvider.System);

        builder.Services.AddValidated<ServiceDefaultsOptions>(ServiceDefaultsOptions.Section);
        builder.Services.AddSingleton(typeof(LiveOptions<>));
        builder.Services.AddNetworkTls();

        builder.AddLogDefaults();
        builder.AddTelemetry();
        builder.AddHealth();
        builder.AddGracefulShutdown();
        builder.Services.AddServiceDiscovery();
        builder.Services.AddHttpClientDefaults();
        return builder;
    }

    /// <summary>
    /// Maps readiness (<c>/health</c>), liveness (<c>/alive</c>) and the Prometheus scrape (<c>/metrics</c>). A path that is
    /// already mapped stays as it is, so services in one application may each call it. After
    /// <see cref="Management.ManagementPort.AddManagementPort"/>, they are on the management port, if one is set.
    /// </summary>
    /// <param name="app">The application; its builder must have had a call to <see cref="AddServiceDefaults"/>.</param>
    /// <param name="readyPath">
    /// The path for readiness. A service whose <c>/health</c> has its own shape passes another path, such as <c>/ready</c>.
    /// </param>
    /// <returns>The same application.</returns>
    /// <exception cref="InvalidOperationException"><see cref="AddServiceDefaults"/> was not called.</exception>
    public static WebApplication MapDefaultEndpoints(this WebApplication app, string readyPath = HealthEndpoints.ReadyPath)
    {
        var mapped =
            app.Services.GetService<MappedEndpoints>()
            ?? throw new InvalidOperationException(
                $"Call {nameof(AddServiceDefaults)} on the builder before {nameof(MapDefaultEndpoints)} on the application."
            );
        app.MapHealth(mapped, readyPath);
        app.MapMetrics(mapped);
        return app;
    }
}
