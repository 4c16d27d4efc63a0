using ImageToText.Contracts.Accounts;

namespace ImageToText.Contracts.Ledger;

/// <summary>Answer of a gateway's <c>GET /usage</c>: what the calling key has spent.</summary>
/// <param name="KeyId">The key.</param>
/// <param name="Report">Its spend by day and model.</param>
/// <param name="Spend">Its spend and what is left of its budget; null for callers without a key.</param>
public sealed record OwnUsage(string KeyId, UsageReport Report, KeySpend? Spend);
