using ImageToText.ServiceDefaults.Health;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace ImageToText.ServiceDefaults.Tests;

/// <summary>Health is logged when it changes. It is a warning only if something healthy stops being healthy.</summary>
public sealed class HealthLogTests : ILogger<HealthLog>
{
    private readonly List<string> _lines = [];
    private readonly HealthLog _log;

    public HealthLogTests() => _log = new HealthLog(this);

    [Fact]
    public void An_unchanged_state_is_logged_once()
    {
        Note(HealthStatus.Healthy);
        Note(HealthStatus.Unhealthy);
        Note(HealthStatus.Unhealthy);
        Note(HealthStatus.Healthy);
        Note(HealthStatus.Healthy);
        Assert.Equal(["Warning: Health of store: Unhealthy. It is away.", "Information: Health of store: Healthy."], _lines);
    }

    [Fact]
    public void Not_yet_healthy_is_not_a_warning()
    {
        Note(HealthStatus.Unhealthy);
        Note(HealthStatus.Degraded);
        Note(HealthStatus.Healthy);
        Assert.All(_lines, static line => Assert.StartsWith("Information", line, StringComparison.Ordinal));
        Assert.Equal(3, _lines.Count);
    }

    [Fact]
    public void A_normal_lifecycle_causes_no_warning()
    {
        Note(HealthStatus.Healthy, HealthEndpoints.ExpectedTag);
        Note(HealthStatus.Unhealthy, HealthEndpoints.ExpectedTag);
        Assert.Equal(["Information: Health of store: Unhealthy. It is away."], _lines);
    }

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    bool ILogger.IsEnabled(LogLevel logLevel) => true;

    void ILogger.Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    ) => _lines.Add($"{logLevel}: {formatter(state, exception)}");

    private void Note(HealthStatus status, params string[] tags) =>
        _log.Note(
            new HealthReport(
                new Dictionary<string, HealthReportEntry>
                {
                    ["store"] = new(status, status == HealthStatus.Healthy ? null : "It is away.", TimeSpan.Zero, null, null, tags),
                },
                TimeSpan.Zero
            )
        );
}
