using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.Json;
using ImageToText.Contracts.Budgets;

namespace ImageToText.PricingService.Telemetry;

/// <summary>The pricing service's spans and measurements.</summary>
internal sealed class PricingTelemetry : IDisposable
{
    public const string Name = "ImageToText.Pricing";

    private readonly Counter<long> _slices;
    private readonly Counter<long> _recalled;
    private readonly Counter<long> _expired;
    private readonly Counter<long> _records;
    private readonly Counter<long> _nodes;
    private readonly Counter<long> _verifications;
    private readonly Counter<long> _notices;
    private volatile IReadOnlyList<Measurement<double>> _budgetsLeft = [];

    public PricingTelemetry(IMeterFactory meters)
    {
        var meter = meters.Create(Name);
        _slices = meter.CreateCounter<long>("imagetotext.pricing.slice.requests", "{request}", "Requests for budget slices, by outcome.");
        _recalled = meter.CreateCounter<long>("imagetotext.pricing.slice.recalls", "{slice}", "Slices recalled.");
        _expired = meter.CreateCounter<long>(
            "imagetotext.pricing.slice.expirations",
            "{slice}",
            "Slices taken back because nobody renewed them."
        );
        _records = meter.CreateCounter<long>("imagetotext.pricing.ledger.records", "{record}", "Usage records received, by outcome.");
        _nodes = meter.CreateCounter<long>("imagetotext.pricing.node.changes", "{node}", "Nodes that joined, left or expired.");
        _verifications = meter.CreateCounter<long>(
            "imagetotext.pricing.verifications",
            "{request}",
            "Model requests that ended, by outcome."
        );
        _notices = meter.CreateCounter<long>("imagetotext.pricing.webhook.notices", "{notice}", "Notices sent to the webhook, by outcome.");
        meter.CreateObservableGauge(
            "imagetotext.pricing.budget.left",
            () => _budgetsLeft,
            "{USD}",
            "What is not charged yet of a budget's day, month or total."
        );
    }

    public ActivitySource Spans { get; } = new(Name);

    public void SliceAnswered(SliceOutcome outcome) =>
        _slices.Add(1, new KeyValuePair<string, object?>("outcome", JsonNamingPolicy.SnakeCaseLower.ConvertName(outcome.ToString())));

    public void SlicesRecalled(int count) => _recalled.Add(count);

    public void SlicesExpired(int count) => _expired.Add(count);

    public void RecordsReceived(int accepted, int duplicates, int refused)
    {
        _records.Add(accepted, new KeyValuePair<string, object?>("outcome", "accepted"));
        _records.Add(duplicates, new KeyValuePair<string, object?>("outcome", "duplicate"));
        _records.Add(refused, new KeyValuePair<string, object?>("outcome", "refused"));
    }

    public void NodeChanged(string change) => _nodes.Add(1, new KeyValuePair<string, object?>("change", change));

    public void VerificationEnded(string outcome) => _verifications.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    public void NoticeSent(string outcome) => _notices.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    /// <summary>What is left of budgets, from now on.</summary>
    public void BudgetsLeft(IReadOnlyList<Measurement<double>> left) => _budgetsLeft = left;

    public void Dispose() => Spans.Dispose();
}
