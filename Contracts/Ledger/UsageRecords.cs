using System.Text.Json.Serialization;

namespace ImageToText.Contracts.Ledger;

/// <summary>How the caption was obtained.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<CacheOutcome>))]
public enum CacheOutcome
{
    /// <summary>A node captioned the picture.</summary>
    Miss,

    /// <summary>It was in the cache.</summary>
    Hit,

    /// <summary>It was shared with another request that was making the same caption.</summary>
    Coalesced,
}

/// <summary>
/// One delivered caption, or a correction of one. Records are only ever added; the request id makes a repeated record harmless.
/// </summary>
/// <param name="RequestId">The request's id, as in <c>x-request-id</c>. A correction has its own, made from that.</param>
/// <param name="KeyId">The key that is charged.</param>
/// <param name="GatewayId">The gateway that delivered.</param>
/// <param name="SliceId">The slice it was reserved against; null for keys without a budget.</param>
/// <param name="NodeId">The node that made it; null for a cache hit.</param>
/// <param name="ModelId">The model.</param>
/// <param name="ModelRevision">Its revision.</param>
/// <param name="At">When it was delivered.</param>
/// <param name="Pixels">Input pixels that are charged: the picture's, or more if the model cuts it into tiles.</param>
/// <param name="UsdPerPixel">The price.</param>
/// <param name="CostUsd">The cost, as in <c>x-cost-usd</c>.</param>
/// <param name="Cache">How the caption was obtained.</param>
/// <param name="DurationMs">Time from admission to answer.</param>
/// <param name="Tokens">Tokens generated, if known. Those of a streamed caption come with a correction, at its end.</param>
/// <param name="Corrects">
/// The request whose record this one corrects: pixels, cost and tokens are then differences. If pixels are negative, the caption
/// was not delivered after all, and its charge is taken back. Null: this is a caption.
/// </param>
public sealed record UsageRecord(
    string RequestId,
    string KeyId,
    string GatewayId,
    string? SliceId,
    string? NodeId,
    string ModelId,
    string? ModelRevision,
    DateTimeOffset At,
    long Pixels,
    decimal UsdPerPixel,
    decimal CostUsd,
    CacheOutcome Cache,
    double DurationMs,
    int? Tokens = null,
    string? Corrects = null
)
{
    /// <summary>The id of the record that takes a request's charge back.</summary>
    /// <param name="requestId">The request.</param>
    /// <returns>The id.</returns>
    public static string ReversalOf(string requestId) => requestId + "-reversal";
}

/// <summary>Body of <c>POST /usage/records</c>; at most 1,000 records.</summary>
/// <param name="GatewayId">The gateway that sends.</param>
/// <param name="Records">The records.</param>
public sealed record UsageBatch(string GatewayId, IReadOnlyList<UsageRecord> Records);

/// <summary>Answer of <c>POST /usage/records</c>. The whole batch is in the ledger, except what was refused.</summary>
/// <param name="Accepted">Records added.</param>
/// <param name="Duplicates">Records that were already there.</param>
/// <param name="Refused">Records that can never be accepted, with the reason.</param>
public sealed record UsageReceipt(int Accepted, int Duplicates, IReadOnlyList<RefusedRecord> Refused);

/// <summary>A record that can never be accepted.</summary>
/// <param name="RequestId">Its request id.</param>
/// <param name="Reason">Why.</param>
public sealed record RefusedRecord(string RequestId, string Reason);

/// <summary>A record as stored in the ledger.</summary>
/// <param name="Sequence">Its position in the ledger.</param>
/// <param name="Record">The record as delivered.</param>
/// <param name="ChargedUsd">
/// What was charged: the cost, unless the record arrived after its slice had ended and the budget had been used elsewhere.
/// </param>
/// <param name="ReceivedAt">When it reached the ledger.</param>
public sealed record LedgerEntry(long Sequence, UsageRecord Record, decimal ChargedUsd, DateTimeOffset ReceivedAt);

/// <summary>A page of the ledger.</summary>
/// <param name="Entries">In order of their sequence.</param>
/// <param name="Next">Pass it as <c>after</c> to continue; null: this was the last page.</param>
public sealed record LedgerPage(IReadOnlyList<LedgerEntry> Entries, long? Next);
