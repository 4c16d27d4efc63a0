using System.Diagnostics.Metrics;
using System.Text.Json;
using ImageToText.Gateway.Jobs.Storage.Rows;
using ImageToText.Gateway.Telemetry;

namespace ImageToText.Gateway.Jobs.Running;

/// <summary>What jobs do, as metrics.</summary>
internal sealed class JobTelemetry : IDisposable
{
    private const string PausedState = "paused";

    // Each state is reported even without a job: a series that ends says nothing about the jobs it counted.
    private static readonly string[] States =
    [
        .. new[] { JobState.Validating, JobState.InProgress, JobState.Finalizing, JobState.Cancelling }.Select(Word),
        PausedState,
    ];

    private readonly Meter _meter;
    private readonly Counter<long> _items;
    private readonly Counter<long> _pauses;
    private volatile Dictionary<string, int> _jobs = [];
    private long _left;

    public JobTelemetry(IMeterFactory meters)
    {
        _meter = meters.Create(GatewayTelemetry.Name);
        _items = _meter.CreateCounter<long>("imagetotext.gateway.job.items", "{item}", "Items of jobs that ended, by error.");
        _pauses = _meter.CreateCounter<long>("imagetotext.gateway.job.pauses", "{pause}", "Times that a job paused for its budget.");
        _meter.CreateObservableGauge(
            "imagetotext.gateway.jobs",
            () =>
                States.Select(state => new Measurement<int>(
                    _jobs.GetValueOrDefault(state),
                    new KeyValuePair<string, object?>("state", state)
                )),
            "{job}",
            "Jobs that have not ended, by state, measured every minute."
        );
        _meter.CreateObservableGauge(
            "imagetotext.gateway.job.items.left",
            () => Volatile.Read(ref _left),
            "{item}",
            "Items of these jobs that have no result yet, measured every minute."
        );
    }

    /// <summary>Counts an item.</summary>
    /// <param name="code">Why it failed; null: it did not.</param>
    public void Ended(string? code) => _items.Add(1, new KeyValuePair<string, object?>("error.type", code ?? ""));

    /// <summary>Counts a pause.</summary>
    public void Paused() => _pauses.Add(1);

    /// <summary>Shows which jobs have not ended.</summary>
    /// <param name="unfinished">The jobs.</param>
    /// <param name="left">How many of their items have no result yet.</param>
    public void Show(IEnumerable<Job> unfinished, long left)
    {
        _jobs = unfinished
            .CountBy(static job => job.PauseReason is null ? Word(job.State) : PausedState, StringComparer.Ordinal)
            .ToDictionary(StringComparer.Ordinal);
        Volatile.Write(ref _left, left);
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private static string Word(JobState state) => JsonNamingPolicy.SnakeCaseLower.ConvertName(state.ToString());
}
