using System.Collections.Concurrent;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace ImageToText.ServiceDefaults.Health;

/// <summary>
/// Logs what a health check found when it is not what it found before. A check that has not been healthy yet belongs to the start: that
/// something is still being loaded or connected is no warning.
/// </summary>
internal sealed partial class HealthLog(ILogger<HealthLog> logger)
{
    private readonly ConcurrentDictionary<string, HealthStatus> _known = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _wasHealthy = new(StringComparer.Ordinal);

    /// <summary>Looks at what was found.</summary>
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
