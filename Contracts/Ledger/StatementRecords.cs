namespace ImageToText.Contracts.Ledger;

/// <summary>How a statement is written if not as JSON.</summary>
public enum StatementFormat
{
    /// <summary>Comma-separated values.</summary>
    Csv,

    /// <summary>A page of HTML to print.</summary>
    Page,
}

/// <summary>What one key captioned with one model in a month.</summary>
/// <param name="KeyId">API key.</param>
/// <param name="KeyName">Its name; null: the key is not in the store.</param>
/// <param name="ModelId">Model.</param>
/// <param name="Sum">The sums.</param>
public sealed record StatementLine(string KeyId, string? KeyName, string ModelId, UsageSum Sum);

/// <summary>An account's month.</summary>
/// <param name="Account">The account; null: keys without one.</param>
/// <param name="Lines">A line for each key and model, in that order.</param>
/// <param name="Total">The sum of all lines.</param>
public sealed record AccountStatement(string? Account, IReadOnlyList<StatementLine> Lines, UsageSum Total);

/// <summary>Answer of <c>GET /statements</c>: what accounts used in a month.</summary>
/// <param name="Month">The UTC month, such as <c>2026-01</c>.</param>
/// <param name="Accounts">The accounts by name.</param>
/// <param name="Total">The sum of all accounts.</param>
public sealed record AccountStatements(string Month, IReadOnlyList<AccountStatement> Accounts, UsageSum Total);

/// <summary>What one node earned with one model in a month.</summary>
/// <param name="NodeId">The node.</param>
/// <param name="ModelId">Model.</param>
/// <param name="Captions">Captions it made that were delivered.</param>
/// <param name="Pixels">Their input pixels.</param>
/// <param name="EarnedUsd">The sum charged for them.</param>
public sealed record EarningsLine(string NodeId, string ModelId, long Captions, long Pixels, decimal EarnedUsd);

/// <summary>A node owner's month.</summary>
/// <param name="Owner">The owner; null: nodes whose owner is not named.</param>
/// <param name="Lines">A line for each node and model, in that order.</param>
/// <param name="TotalUsd">The sum of all lines.</param>
public sealed record OwnerStatement(string? Owner, IReadOnlyList<EarningsLine> Lines, decimal TotalUsd);

/// <summary>Answer of <c>GET /statements/owners</c>: what owners of nodes earned in a month.</summary>
/// <param name="Month">The UTC month, such as <c>2026-01</c>.</param>
/// <param name="Owners">The owners by name.</param>
/// <param name="TotalUsd">The sum of all owners.</param>
public sealed record OwnerStatements(string Month, IReadOnlyList<OwnerStatement> Owners, decimal TotalUsd);
