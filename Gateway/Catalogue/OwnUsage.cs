using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Ledger;

namespace ImageToText.Gateway.Catalogue;

/// <summary>The answer to GET /usage: what the calling key has spent.</summary>
/// <param name="KeyId">The key.</param>
/// <param name="Report">Its spend by day and model.</param>
/// <param name="Spend">Its standing against its budget; null for callers without a key.</param>
internal sealed record OwnUsage(string KeyId, UsageReport Report, KeySpend? Spend);
