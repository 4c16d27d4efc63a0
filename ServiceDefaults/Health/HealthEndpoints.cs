using System.Text.Json;
using ImageToText.ServiceDefaults.Management;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace ImageToText.ServiceDefaults.Health;

/// <summary>Readiness and liveness over HTTP.</summary>
public static class HealthEndpoints
{
    /// <summary>
    /// The path for readiness, unless a service chooses another: 200 if every check passes or is degraded, otherwise 503.
    /// </summary>
    public const string ReadyPath = "/health";

    /// <summary>
    /// The path for liveness; 503 means that only a restart helps. Only checks tagged <see cref="LiveTag"/> count.
    /// </summary>
    public const string AlivePath = "/alive";

    /// <summary>The tag of health checks that count for liveness. All checks count for readiness.</summary>
    public const string LiveTag = "live";

    /// <summary>
    /// The tag of checks that change in normal operation, such as models being loaded and unloaded. Their changes are not logged
    /// as warnings.
    /// </summary>
    public const string ExpectedTag = "expected";

    internal const string NodeReadyPath = "/ready";

    internal static void AddHealth(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<HealthLog>();
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), [LiveTag]);
    }

    internal static void MapHealth(this WebApplication app, MappedEndpoints mapped, string readyPath)
    {
        if (mapped.Claim(readyPath))
        {
            Map(readyPath, static _ => true);
        }

        if (mapped.Claim(AlivePath))
        {
            Map(AlivePath, static check => check.Tags.Contains(LiveTag));
        }

        // Probes are neither measured nor traced, and need no key and no rate limit.
        void Map(string path, Func<HealthCheckRegistration, bool> counts) =>
            app.MapHealthChecks(path, new HealthCheckOptions { Predicate = counts, ResponseWriter = WriteAsync })
                .ForManagement()
                .AllowAnonymous()
                .DisableHttpMetrics()
                .ShortCircuit();
    }

    internal static bool IsHealth(PathString path) =>
        path.Equals(ReadyPath, StringComparison.OrdinalIgnoreCase)
        || path.Equals(AlivePath, StringComparison.OrdinalIgnoreCase)
        || path.Equals(NodeReadyPath, StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// <c>{"status":"Healthy","checks":{"redis":{"status":"Degraded","description":"…"}}}</c>. It leaves out exceptions, because
    /// anyone who reaches the service can read it.
    /// </summary>
    private static async Task WriteAsync(HttpContext context, HealthReport report)
    {
        context.RequestServices.GetRequiredService<HealthLog>().Note(report);
        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteString("status", report.Status.ToString());
        json.WriteStartObject("checks");
        foreach (var (name, entry) in report.Entries)
        {
            json.WriteStartObject(name);
            json.WriteString("status", entry.Status.ToString());
            if (entry.Description is { } description && entry.Exception is null)
            {
                json.WriteString("description", description);
            }

            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
