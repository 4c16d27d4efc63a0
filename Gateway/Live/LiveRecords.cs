using System.Text.Json.Serialization;

namespace ImageToText.Gateway.Live;

/// <summary>The answer to GET /operations/live: what this gateway did lately. Other gateways have their own figures.</summary>
/// <param name="GatewayId">This gateway.</param>
/// <param name="Until">The last complete second, in Unix seconds: pass it as <c>after</c> next time.</param>
/// <param name="Seconds">Seconds after the requested one, oldest first; those in which nothing happened are left out.</param>
/// <param name="Summary">The last minute.</param>
/// <param name="InFlight">Captions under way now.</param>
/// <param name="IntakeBytes">Bytes of pictures in memory at present.</param>
/// <param name="IntakeLimitBytes">The limit for them.</param>
/// <param name="LedgerBehind">Whether the journal has usage records that the ledger does not have yet.</param>
/// <param name="Nodes">What this gateway has seen of the nodes.</param>
/// <param name="Errors">The latest errors, newest first.</param>
internal sealed record LiveFigures(
    string GatewayId,
    long Until,
    IReadOnlyList<LiveSecond> Seconds,
    LiveSummary Summary,
    long InFlight,
    long IntakeBytes,
    long IntakeLimitBytes,
    bool LedgerBehind,
    IReadOnlyList<LiveNode> Nodes,
    IReadOnlyList<LiveError> Errors
);

/// <summary>One second.</summary>
/// <param name="At">Unix seconds.</param>
/// <param name="Captions">Captions delivered.</param>
/// <param name="Hits">How many of them were cached.</param>
/// <param name="Coalesced">How many of them were made once for several requests.</param>
/// <param name="Refused">Requests refused because of the caller (4xx except 429).</param>
/// <param name="Overloaded">Requests refused for lack of room (429).</param>
/// <param name="Failed">Requests that failed because of us (5xx).</param>
/// <param name="NodeFaults">Requests to nodes that failed; another node may have delivered.</param>
/// <param name="Tokens">Tokens generated.</param>
/// <param name="InFlight">Captions under way when the second was sampled.</param>
/// <param name="IntakeBytes">Bytes of pictures in memory then.</param>
/// <param name="P50Ms">Median time from admission to the caption's end, in milliseconds; null: no caption.</param>
/// <param name="P95Ms">The 95th percentile.</param>
/// <param name="P99Ms">The 99th percentile.</param>
internal sealed record LiveSecond(
    long At,
    int Captions,
    int Hits,
    int Coalesced,
    int Refused,
    int Overloaded,
    int Failed,
    int NodeFaults,
    int Tokens,
    long InFlight,
    long IntakeBytes,
    double? P50Ms,
    double? P95Ms,
    double? P99Ms
);

/// <summary>The sums of the last minute.</summary>
/// <param name="Seconds">Its length.</param>
/// <param name="Captions">Captions delivered.</param>
/// <param name="Hits">How many of them were cached.</param>
/// <param name="Coalesced">How many of them were made once for several requests.</param>
/// <param name="Refused">Requests refused because of the caller (4xx except 429).</param>
/// <param name="Overloaded">Requests refused for lack of room (429).</param>
/// <param name="Failed">Requests that failed because of us (5xx).</param>
/// <param name="NodeFaults">Requests to nodes that failed.</param>
/// <param name="Tokens">Tokens generated.</param>
/// <param name="CostUsd">What the captions cost, in USD.</param>
/// <param name="P50Ms">Median time from admission to the caption's end, in milliseconds; null: no caption.</param>
/// <param name="P95Ms">The 95th percentile.</param>
/// <param name="P99Ms">The 99th percentile.</param>
internal sealed record LiveSummary(
    int Seconds,
    int Captions,
    int Hits,
    int Coalesced,
    int Refused,
    int Overloaded,
    int Failed,
    int NodeFaults,
    int Tokens,
    decimal CostUsd,
    double? P50Ms,
    double? P95Ms,
    double? P99Ms
);

/// <summary>What this gateway has seen of a node.</summary>
/// <param name="NodeId">The node.</param>
/// <param name="InFlight">Requests of this gateway under way there.</param>
/// <param name="Standing">Whether this gateway sends it requests.</param>
/// <param name="Faults">Faults since its last success.</param>
/// <param name="BusySeconds">Seconds for which it asked to get no requests; 0: it did not ask.</param>
/// <param name="P50Ms">Median of its latest captions, as callers saw them, in milliseconds; null: there are none.</param>
/// <param name="P95Ms">The 95th percentile.</param>
internal sealed record LiveNode(
    string NodeId,
    int InFlight,
    LiveStanding Standing,
    int Faults,
    double BusySeconds,
    double? P50Ms,
    double? P95Ms
);

/// <summary>Whether a gateway sends requests to a node.</summary>
[JsonConverter(typeof(Contracts.SnakeCaseEnumConverter<LiveStanding>))]
internal enum LiveStanding
{
    /// <summary>It does.</summary>
    Open,

    /// <summary>The node failed and has rested, and the next request will probe it.</summary>
    Probing,

    /// <summary>The node failed lately and is resting.</summary>
    Suspended,

    /// <summary>The node does not answer its health checks.</summary>
    Unwell,
}

/// <summary>What went wrong in an error of the list.</summary>
[JsonConverter(typeof(Contracts.SnakeCaseEnumConverter<LiveErrorKind>))]
internal enum LiveErrorKind
{
    /// <summary>A request was refused or failed, and its caller was told so.</summary>
    Request,

    /// <summary>A node failed on a request; another may have delivered the caption.</summary>
    Node,
}

/// <summary>An error that this gateway returned or met. It contains nothing of the picture, the prompt or the key.</summary>
/// <param name="At">When.</param>
/// <param name="Kind">What failed.</param>
/// <param name="Status">The status that the caller got or the node gave; null: there was none.</param>
/// <param name="Code">A code for programs.</param>
/// <param name="RequestId">The request, as in <c>x-request-id</c>.</param>
/// <param name="TraceId">Its trace.</param>
/// <param name="NodeId">The node asked last; null: none was.</param>
/// <param name="ModelId">The model, if the network knows it.</param>
internal sealed record LiveError(
    DateTimeOffset At,
    LiveErrorKind Kind,
    int? Status,
    string Code,
    string RequestId,
    string? TraceId,
    string? NodeId,
    string? ModelId
);
