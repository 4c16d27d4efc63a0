using System.Diagnostics.Metrics;
using ImageToText.Gateway.Telemetry;

namespace ImageToText.Gateway.Jobs.Running;

/// <summary>What jobs do, as metrics.</summary>
internal sealed class JobTelemetry : IDisposable
{
    private readonly Meter _meter;
    private readonly Counter<long> _items;
    private readonly Counter<long> _pauses;

    public JobTelemetry(IMeterFactory meters)
    {
        _meter = meters.Create(GatewayTelemetry.Name);
        _items = _meter.CreateCounter<long>("imagetotext.gateway.job.items", "{item}", "Items of jobs that ended, by error.");
        _pauses = _meter.CreateCounter<long>("imagetotext.gateway.job.pauses", "{pause}", "Times that a job paused for its budget.");
    }

    /// <summary>Counts an item.</summary>
    /// <param name="code">Why it failed; null: it did not.</param>
    public void Ended(string? code) => _items.Add(1, new KeyValuePair<string, object?>("error.type", code ?? ""));

    /// <summary>Counts a pause.</summary>
    public void Paused() => _pauses.Add(1);

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
