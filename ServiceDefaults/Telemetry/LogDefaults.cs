using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Hosting;

namespace ImageToText.ServiceDefaults.Telemetry;

/// <summary>
/// Log levels of the libraries underneath, unless the operator sets them: one line for each event, none for each call and probe.
/// </summary>
internal static class LogDefaults
{
    private static readonly KeyValuePair<string, string?>[] Levels =
    [
        new("Logging:LogLevel:Microsoft.AspNetCore", "Warning"),
        new("Logging:LogLevel:Microsoft.EntityFrameworkCore", "Warning"),
        new("Logging:LogLevel:System.Net.Http.HttpClient", "Warning"),
        // The caller reports a call that failed in the end; one that succeeded after a retry is in the metrics.
        new("Logging:LogLevel:Polly", "Critical"),
        // The Redis link itself logs, in one line, whether Redis answers.
        new("Logging:LogLevel:StackExchange.Redis", "Critical"),
        new("Logging:LogLevel:Yarp.ReverseProxy", "Warning"),
        // The health endpoints log changes. Here each probe would log a line for as long as something is wrong or a model is
        // loading.
        new("Logging:LogLevel:Microsoft.Extensions.Diagnostics.HealthChecks", "None"),
    ];

    /// <summary>Adds them before all configuration, which overrides them.</summary>
    public static void AddLogDefaults(this IHostApplicationBuilder builder) =>
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = Levels });
}
