using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Hosting;

namespace ImageToText.ServiceDefaults.Telemetry;

/// <summary>Log levels of what services are made of, where the operator sets none: a line for what happened, none for each call and probe.</summary>
internal static class LogDefaults
{
    private static readonly KeyValuePair<string, string?>[] Levels =
    [
        new("Logging:LogLevel:Microsoft.AspNetCore", "Warning"),
        new("Logging:LogLevel:Microsoft.EntityFrameworkCore", "Warning"),
        new("Logging:LogLevel:System.Net.Http.HttpClient", "Warning"),
        // A call that failed in the end is its caller's to tell of; one that was repeated with success is in the metrics.
        new("Logging:LogLevel:Polly", "Critical"),
        // Whether Redis answers, the link to it says in one line.
        new("Logging:LogLevel:StackExchange.Redis", "Critical"),
        new("Logging:LogLevel:Yarp.ReverseProxy", "Warning"),
        // The health endpoints tell of changes: here each probe would be a line for as long as something is wrong, or a model is being loaded.
        new("Logging:LogLevel:Microsoft.Extensions.Diagnostics.HealthChecks", "None"),
    ];

    /// <summary>Before all that is configured, which wins.</summary>
    public static void AddLogDefaults(this IHostApplicationBuilder builder) =>
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = Levels });
}
