using System.Text.Json.Serialization;

namespace ImageToText.Contracts.Catalogue;

/// <summary>Body of <c>POST /models/requests</c>: asks for a model to be verified.</summary>
/// <param name="ModelId">Its id, such as <c>org/name</c>.</param>
/// <param name="HubRevision">Branch, tag or commit to pull; null: <c>main</c>. Any other is offered as <c>org/name@revision</c>.</param>
/// <param name="Expectations">Captions expected of the samples, by sample name; compared where given. Only those who operate may give any.</param>
public sealed record ModelRequestBody(string ModelId, string? HubRevision = null, IReadOnlyDictionary<string, string>? Expectations = null);

/// <summary>Where a model request stands.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<ModelRequestState>))]
public enum ModelRequestState
{
    /// <summary>Waits for a node with room.</summary>
    Waiting,

    /// <summary>A node works on it.</summary>
    Running,

    /// <summary>Ended well.</summary>
    Verified,

    /// <summary>Ended with a reason why not.</summary>
    Rejected,
}

/// <summary>The steps of a verification, in their order.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<VerificationStepName>))]
public enum VerificationStepName
{
    /// <summary>The model is pulled from the hub.</summary>
    Pull,

    /// <summary>It is loaded.</summary>
    Load,

    /// <summary>The samples are captioned.</summary>
    Caption,

    /// <summary>Latency and memory are measured.</summary>
    Measure,

    /// <summary>Captions are compared with stored expectations.</summary>
    Compare,
}

/// <summary>How a step stands.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<StepState>))]
public enum StepState
{
    /// <summary>Under way.</summary>
    Running,

    /// <summary>Ended well.</summary>
    Succeeded,

    /// <summary>Failed; the detail says why.</summary>
    Failed,

    /// <summary>Left out; the detail says why.</summary>
    Skipped,
}

/// <summary>One step of one attempt.</summary>
/// <param name="Name">Which step.</param>
/// <param name="State">How it stands.</param>
/// <param name="NodeId">The node that does it.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="EndedAt">When it ended; null: under way.</param>
/// <param name="Detail">What came of it, for people.</param>
public sealed record VerificationStep(
    VerificationStepName Name,
    StepState State,
    string NodeId,
    DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt,
    string? Detail
);

/// <summary>A request for a model to be verified, with all that has happened.</summary>
/// <param name="RequestId">Its id.</param>
/// <param name="ModelId">The model.</param>
/// <param name="HubRevision">Branch, tag or commit.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Reason">Why it was rejected.</param>
/// <param name="RequestedBy">Id of the key that asked.</param>
/// <param name="RequestedAt">When.</param>
/// <param name="EndedAt">When it ended.</param>
/// <param name="NodeId">The node that works or has worked on it.</param>
/// <param name="Attempts">How many nodes have taken it.</param>
/// <param name="Steps">Every step of every attempt, in order.</param>
/// <param name="Measurements">What was measured.</param>
public sealed record ModelRequest(
    string RequestId,
    string ModelId,
    string HubRevision,
    ModelRequestState State,
    string? Reason,
    string? RequestedBy,
    DateTimeOffset RequestedAt,
    DateTimeOffset? EndedAt,
    string? NodeId,
    int Attempts,
    IReadOnlyList<VerificationStep> Steps,
    VerificationMeasurements? Measurements
);

/// <summary>Body of <c>POST /verification/jobs/lease</c>: a node with room asks for work.</summary>
/// <param name="NodeId">The node.</param>
/// <param name="FreeMemoryBytes">Memory it can spare.</param>
public sealed record VerificationLeaseRequest(string NodeId, long? FreeMemoryBytes = null);

/// <summary>A verification a node has taken on. Each report renews the lease; another node takes over when it ends.</summary>
/// <param name="RequestId">The model request.</param>
/// <param name="LeaseId">Names this attempt; reports of an attempt that was taken over get 409.</param>
/// <param name="LeaseSeconds">Length of the lease.</param>
/// <param name="ModelId">The model.</param>
/// <param name="HubRevision">Branch, tag or commit to pull.</param>
/// <param name="Expectations">Captions expected of the samples, by sample name.</param>
public sealed record VerificationJob(
    string RequestId,
    string LeaseId,
    double LeaseSeconds,
    string ModelId,
    string HubRevision,
    IReadOnlyDictionary<string, string>? Expectations
);

/// <summary>Body of <c>POST /verification/jobs/{request_id}/steps</c>; with a null step it only renews the lease.</summary>
/// <param name="LeaseId">The attempt.</param>
/// <param name="Step">The step; null: none, the lease is renewed.</param>
/// <param name="State">How it stands.</param>
/// <param name="Detail">What came of it, for people.</param>
public sealed record VerificationStepReport(
    string LeaseId,
    VerificationStepName? Step = null,
    StepState State = StepState.Running,
    string? Detail = null
);

/// <summary>Body of <c>POST /verification/jobs/{request_id}/result</c>: the attempt has ended.</summary>
/// <param name="LeaseId">The attempt.</param>
/// <param name="Verified">Whether the model is good.</param>
/// <param name="Reason">Why not.</param>
/// <param name="Measurements">What was measured.</param>
/// <param name="Retry">Not the model's fault (no room, hub out of reach): another node may try.</param>
public sealed record VerificationResult(
    string LeaseId,
    bool Verified,
    string? Reason,
    VerificationMeasurements? Measurements,
    bool Retry = false
);
