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
    /// <summary>Where readiness is answered unless a service says otherwise: 200 when every check passes or is degraded, else 503.</summary>
    public const string ReadyPath = "/health";

    /// <summary>Where liveness is answered: 503 means that only a restart helps. Checks tagged <see cref="LiveTag"/> count.</summary>
    public const string AlivePath = "/alive";

    /// <summary>The tag of a health check that counts for liveness. Every check counts for readiness.</summary>
    public const string LiveTag = "live";

    /// <summary>The tag of a check whose changes are part of a normal life, such as models that are loaded and unloaded: none of them is a warning.</summary>
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

        // Probes are neither measured nor traced, and no key or rate limit stands before them.
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
    /// <c>{"status":"Healthy","checks":{"redis":{"status":"Degraded","description":"…"}}}</c>. Exceptions stay out of it: the endpoint is
    /// open to whoever reaches the service.
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
