using ImageToText.Contracts;
using ImageToText.Contracts.Catalogue;

namespace ImageToText.PricingService.Storage.Rows;

/// <summary>A stored request for a model to be verified.</summary>
internal sealed class RequestedModel
{
    public const string DefaultRevision = "main";

    public required string RequestId { get; set; }

    public required string ModelId { get; set; }

    public required string HubRevision { get; set; }

    public string? ExpectationsJson { get; set; }

    public ModelRequestState State { get; set; }

    public string? Reason { get; set; }

    public string? RequestedBy { get; set; }

    public DateTimeOffset RequestedAt { get; set; }

    public DateTimeOffset? EndedAt { get; set; }

    public string? NodeId { get; set; }

    public int Attempts { get; set; }

    /// <summary>Identifies the attempt under way.</summary>
    public string? LeaseId { get; set; }

    public DateTimeOffset? LeaseExpiresAt { get; set; }

    /// <summary>When it may be tried again, at the earliest.</summary>
    public DateTimeOffset? NotBefore { get; set; }

    public required string StepsJson { get; set; }

    public string? MeasurementsJson { get; set; }

    /// <summary>
    /// The id under which nodes offer it: <c>org/name</c>, or <c>org/name@revision</c> for a revision other than main.
    /// </summary>
    public string ServedAs => HubRevision == DefaultRevision ? ModelId : $"{ModelId}@{HubRevision}";

    public IReadOnlyList<VerificationStep> Steps
    {
        get => StoredJson.Read(StepsJson, ContractsJson.Default.IReadOnlyListVerificationStep) ?? [];
        set => StepsJson = StoredJson.Write(value, ContractsJson.Default.IReadOnlyListVerificationStep)!;
    }

    public IReadOnlyDictionary<string, string>? Expectations =>
        StoredJson.Read(ExpectationsJson, ContractsJson.Default.IReadOnlyDictionaryStringString);

    public ModelRequest ToContract() =>
        new(
            RequestId,
            ModelId,
            HubRevision,
            State,
            Reason,
            RequestedBy,
            RequestedAt,
            EndedAt,
            NodeId,
            Attempts,
            Steps,
            StoredJson.Read(MeasurementsJson, ContractsJson.Default.VerificationMeasurements)
        );
}
