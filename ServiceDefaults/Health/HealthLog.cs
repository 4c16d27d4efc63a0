using System.Collections.Concurrent;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace ImageToText.ServiceDefaults.Health;

/// <summary>
/// Logs the result of a health check when it changes. A check that has never been healthy is still starting up: something is
/// being loaded or connected, which is no reason for a warning.
/// </summary>
internal sealed partial class HealthLog(ILogger<HealthLog> logger)
{
    private readonly ConcurrentDictionary<string, HealthStatus> _known = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _wasHealthy = new(StringComparer.Ordinal);

    /// <summary>Takes in a new result.</summary>
    public void Note(HealthReport report)
    {
        foreach (var (name, entry) in report.Entries)
        {
            bool healthy = entry.Status == HealthStatus.Healthy;
            var before = _known.TryGetValue(name, out var known) ? known : HealthStatus.Healthy;
            _known[name] = entry.Status;
            if (before != entry.Status)
            {
                if (healthy)
                {
                    Log.Healthy(logger, name);
                }
                else if (_wasHealthy.ContainsKey(name) && !entry.Tags.Contains(HealthEndpoints.ExpectedTag))
                {
                    Log.Worse(logger, name, entry.Status, entry.Description, entry.Exception);
                }
                else
                {
                    Log.NotYet(logger, name, entry.Status, entry.Description);
                }
            }
            if (healthy)
            {
                _wasHealthy[name] = true;
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1501, LogLevel.Information, "Health of {Check}: Healthy.")]
        public static partial void Healthy(ILogger logger, string check);

        [LoggerMessage(1502, LogLevel.Information, "Health of {Check}: {Status}. {Description}")]
        public static partial void NotYet(ILogger logger, string check, HealthStatus status, string? description);

        [LoggerMessage(1503, LogLevel.Warning, "Health of {Check}: {Status}. {Description}")]
        public static partial void Worse(ILogger logger, string check, HealthStatus status, string? description, Exception? fault);
    }
}
