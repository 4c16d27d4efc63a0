using System.Text.Json.Serialization;

namespace ImageToText.Contracts.Catalogue;

/// <summary>Body of <c>POST /models/requests</c>: asks for a model to be verified.</summary>
/// <param name="ModelId">Its id, such as <c>org/name</c>.</param>
/// <param name="HubRevision">
/// Branch, tag or commit to pull; null: <c>main</c>. Any other revision is offered as <c>org/name@revision</c>.
/// </param>
/// <param name="Expectations">
/// The captions that the samples should get, by sample name. Only callers with the scope operate may give them.
/// </param>
public sealed record ModelRequestBody(string ModelId, string? HubRevision = null, IReadOnlyDictionary<string, string>? Expectations = null);

/// <summary>The state of a model request.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<ModelRequestState>))]
public enum ModelRequestState
{
    /// <summary>Waits for a node with room.</summary>
    Waiting,

    /// <summary>A node is working on it.</summary>
    Running,

    /// <summary>The model was verified.</summary>
    Verified,

    /// <summary>The model was rejected, with a reason.</summary>
    Rejected,
}

/// <summary>The steps of a verification, in order.</summary>
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

/// <summary>The state of a step.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<StepState>))]
public enum StepState
{
    /// <summary>Under way.</summary>
    Running,

    /// <summary>It succeeded.</summary>
    Succeeded,

    /// <summary>It failed; the detail says why.</summary>
    Failed,

    /// <summary>It was skipped; the detail says why.</summary>
    Skipped,
}

/// <summary>One step of one attempt.</summary>
/// <param name="Name">Which step.</param>
/// <param name="State">Its state.</param>
/// <param name="NodeId">The node that does it.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="EndedAt">When it ended; null: under way.</param>
/// <param name="Detail">The result, for people to read.</param>
public sealed record VerificationStep(
    VerificationStepName Name,
    StepState State,
    string NodeId,
    DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt,
    string? Detail
);

/// <summary>A request for a model to be verified, with everything that has happened.</summary>
/// <param name="RequestId">Its id.</param>
/// <param name="ModelId">The model.</param>
/// <param name="HubRevision">Branch, tag or commit.</param>
/// <param name="State">Its state.</param>
/// <param name="Reason">Why it was rejected.</param>
/// <param name="RequestedBy">Id of the key that asked.</param>
/// <param name="RequestedAt">When.</param>
/// <param name="EndedAt">When it ended.</param>
/// <param name="NodeId">The node that works on it, or last did.</param>
/// <param name="Attempts">How many nodes have taken it on.</param>
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
/// <param name="FreeMemoryBytes">Memory that it can spare.</param>
public sealed record VerificationLeaseRequest(string NodeId, long? FreeMemoryBytes = null);

/// <summary>
/// A verification that a node has taken on. Each report renews the lease; when the lease ends, another node takes over.
/// </summary>
/// <param name="RequestId">The model request.</param>
/// <param name="LeaseId">Identifies this attempt. Reports from an attempt that was taken over get 409.</param>
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

/// <summary>Body of <c>POST /verification/jobs/{request_id}/steps</c>. With a null step it only renews the lease.</summary>
/// <param name="LeaseId">The attempt.</param>
/// <param name="Step">The step; null: only renew the lease.</param>
/// <param name="State">Its state.</param>
/// <param name="Detail">The result, for people to read.</param>
public sealed record VerificationStepReport(
    string LeaseId,
    VerificationStepName? Step = null,
    StepState State = StepState.Running,
    string? Detail = null
);

/// <summary>Body of <c>POST /verification/jobs/{request_id}/result</c>: the attempt has ended.</summary>
/// <param name="LeaseId">The attempt.</param>
/// <param name="Verified">Whether the model passed.</param>
/// <param name="Reason">Why it did not.</param>
/// <param name="Measurements">What was measured.</param>
/// <param name="Retry">The model is not to blame (no room, hub unreachable): another node may try.</param>
public sealed record VerificationResult(
    string LeaseId,
    bool Verified,
    string? Reason,
    VerificationMeasurements? Measurements,
    bool Retry = false
);
