using System.Diagnostics.Metrics;
using System.Reflection;
using ImageToText.ServiceDefaults.Health;
using ImageToText.ServiceDefaults.Management;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace ImageToText.ServiceDefaults.Telemetry;

/// <summary>Traces, metrics and logs: over OTLP if an endpoint is configured, for Prometheus always.</summary>
internal static class TelemetryExtensions
{
    public const string MetricsPath = "/metrics";

    private const string OwnSignals = "ImageToText.*";

    private static readonly string[] OtlpEndpoints =
    [
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
        "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
    ];

    public static void AddTelemetry(this IHostApplicationBuilder builder)
    {
        if (!IsOn(builder.Configuration))
        {
            return;
        }

        var telemetry = builder
            .Services.AddOpenTelemetry()
            .ConfigureResource(resource =>
                resource
                    .AddService(builder.Environment.ApplicationName, serviceNamespace: "ImageToText", serviceVersion: Version)
                    // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES are set by the operator, so they come last and win.
                    .AddEnvironmentVariableDetector()
            )
            .WithTracing(tracing =>
                tracing
                    .AddSource(OwnSignals, "Npgsql")
                    .AddProcessor(new BackgroundCalls())
                    .AddAspNetCoreInstrumentation(http => http.Filter = context => !IsOperational(context.Request.Path))
                    .AddHttpClientInstrumentation()
            )
            .WithMetrics(metrics =>
                metrics
                    .AddMeter(OwnSignals, "Npgsql", "Polly")
                    .AddAspNetCoreInstrumentation()
                    .AddHttpClientInstrumentation()
                    .AddRuntimeInstrumentation()
                    .AddView(SecondsBuckets)
                    .SetExemplarFilter(ExemplarFilterType.TraceBased)
                    .AddPrometheusExporter()
            );

        if (Exports(builder.Configuration))
        {
            builder.Logging.AddOpenTelemetry(logging =>
            {
                logging.IncludeFormattedMessage = true;
                logging.IncludeScopes = true;
            });
            telemetry.UseOtlpExporter();
        }
    }

    /// <summary>Whether traces are exported: telemetry is on and has an endpoint.</summary>
    public static bool Exports(IConfiguration configuration) =>
        IsOn(configuration) && Array.Exists(OtlpEndpoints, key => !string.IsNullOrWhiteSpace(configuration[key]));

    public static void MapMetrics(this WebApplication app, MappedEndpoints mapped)
    {
        if (IsOn(app.Configuration) && mapped.Claim(MetricsPath))
        {
            app.MapPrometheusScrapingEndpoint(MetricsPath).ForManagement().AllowAnonymous().DisableHttpMetrics();
        }
    }

    private static bool IsOn(IConfiguration configuration) =>
        configuration.GetSection(ServiceDefaultsOptions.Section).GetValue(nameof(ServiceDefaultsOptions.Telemetry), true);

    private static string? Version =>
        typeof(TelemetryExtensions).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;

    private static bool IsOperational(PathString path) =>
        path.StartsWithSegments(MetricsPath, StringComparison.OrdinalIgnoreCase) || HealthEndpoints.IsHealth(path);

    /// <summary>
    /// The SDK's default histogram boundaries are for milliseconds. Durations here are seconds, from a cache hit (well below a
    /// millisecond) to a long caption on a CPU. Instruments that advise their own boundaries keep them.
    /// </summary>
    private static ExplicitBucketHistogramConfiguration? SecondsBuckets(Instrument instrument) =>
        instrument is Histogram<double> { Unit: "s", Advice: null }
        && instrument.Meter.Name.StartsWith("ImageToText.", StringComparison.Ordinal)
            ? new ExplicitBucketHistogramConfiguration
            {
                Boundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
            }
            : null;
}
