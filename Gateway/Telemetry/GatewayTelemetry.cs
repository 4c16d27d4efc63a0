using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace ImageToText.Gateway.Telemetry;

/// <summary>The gateway's spans and instruments, under the name <c>ImageToText.Gateway</c>.</summary>
internal sealed class GatewayTelemetry : IDisposable
{
    /// <summary>Name of source and meter.</summary>
    public const string Name = "ImageToText.Gateway";

    /// <summary>Attribute of the request's span: its id, as in <c>x-request-id</c>.</summary>
    public const string RequestId = "imagetotext.request.id";

    /// <summary>The span of one try of a job's item: a trace of its own, with a link to the span in which the job was started.</summary>
    public const string JobItem = "job.item";

    /// <summary>Attribute of an item's span: the job.</summary>
    public const string JobId = "imagetotext.job.id";

    private readonly Meter _meter;
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _captions;
    private readonly Counter<double> _spend;
    private readonly Counter<long> _refusals;
    private readonly Counter<long> _attempts;

    public GatewayTelemetry(IMeterFactory meters)
    {
        _meter = meters.Create(Name);
        _duration = _meter.CreateHistogram<double>("imagetotext.gateway.caption.duration", "s", "From admission to the caption's end.");
        _captions = _meter.CreateCounter<long>("imagetotext.gateway.captions", "{caption}", "Captions delivered.");
        _spend = _meter.CreateCounter<double>(
            "imagetotext.gateway.spend",
            "{USD}",
            "What callers were charged, in USD; the ledger has it exactly."
        );
        _refusals = _meter.CreateCounter<long>("imagetotext.gateway.refusals", "{request}", "Requests that got no caption, by code.");
        _attempts = _meter.CreateCounter<long>("imagetotext.gateway.attempts", "{attempt}", "Requests sent to nodes, by outcome.");
    }

    /// <summary>The gateway's spans.</summary>
    public static ActivitySource Source { get; } = new(Name);

    /// <summary>Counts a delivered caption. Nobody waits for an item of a job, so alerts leave items out.</summary>
    public void Delivered(string model, string cache, decimal cost, TimeSpan elapsed, bool isItem)
    {
        KeyValuePair<string, object?>[] tags = [new("gen_ai.request.model", model), new("cache", cache), ItemTag(isItem)];
        _spend.Add((double)cost, tags);
        _captions.Add(1, tags);
        _duration.Record(elapsed.TotalSeconds, tags);
    }

    /// <summary>Counts a refused request.</summary>
    public void Refused(string code, bool isItem) => _refusals.Add(1, new("error.type", code), ItemTag(isItem));

    /// <summary>Counts a request sent to a node.</summary>
    public void Attempted(string node, string outcome) => _attempts.Add(1, new("node", node), new("outcome", outcome));

    /// <summary>Exposes a value that is read on request.</summary>
    public void Observe(string name, string unit, string description, Func<long> value) =>
        _meter.CreateObservableGauge(name, value, unit, description);

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private static KeyValuePair<string, object?> ItemTag(bool isItem) => new("item", isItem ? "true" : "false");
}
