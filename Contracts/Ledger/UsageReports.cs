using System.Text.Json;
using System.Text.Json.Serialization;

namespace ImageToText.Contracts.Ledger;

/// <summary>What a usage report is broken down by.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<UsageDimension>))]
public enum UsageDimension
{
    /// <summary>UTC day.</summary>
    Day,

    /// <summary>API key.</summary>
    Key,

    /// <summary>Account of the key.</summary>
    Account,

    /// <summary>Model.</summary>
    Model,

    /// <summary>Node.</summary>
    Node,

    /// <summary>Gateway.</summary>
    Gateway,
}

/// <summary>Dimensions, as query strings spell them.</summary>
public static class UsageDimensions
{
    /// <summary>Writes dimensions for <c>group_by</c>.</summary>
    /// <returns>Their names joined by commas.</returns>
    public static string Join(IEnumerable<UsageDimension> dimensions) => string.Join(',', dimensions.Select(NameOf));

    /// <summary>Reads <c>group_by</c>.</summary>
    /// <param name="text">Names separated by commas; null: none.</param>
    /// <exception cref="FormatException">An unknown name; the message lists the known ones.</exception>
    public static IReadOnlyList<UsageDimension> Parse(string? text) =>
        [.. (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(ParseOne)];

    private static string NameOf(UsageDimension dimension) => JsonNamingPolicy.SnakeCaseLower.ConvertName(dimension.ToString());

    private static UsageDimension ParseOne(string name)
    {
        foreach (var dimension in Enum.GetValues<UsageDimension>())
        {
            if (NameOf(dimension) == name)
            {
                return dimension;
            }
        }

        throw new FormatException($"group_by accepts {Join(Enum.GetValues<UsageDimension>())}, not {name}.");
    }
}

/// <summary>The query of <c>GET /usage</c>.</summary>
public sealed record UsageQuery
{
    /// <summary>The first UTC day; null: from the beginning.</summary>
    public DateOnly? From { get; init; }

    /// <summary>The last UTC day, included; null: until now.</summary>
    public DateOnly? To { get; init; }

    /// <summary>Only this key.</summary>
    public string? KeyId { get; init; }

    /// <summary>Only this model.</summary>
    public string? ModelId { get; init; }

    /// <summary>Only this node.</summary>
    public string? NodeId { get; init; }

    /// <summary>What to break it down by; empty: only the total.</summary>
    public IReadOnlyList<UsageDimension> GroupBy { get; init; } = [];
}

/// <summary>One line of a usage report. Dimensions that were not asked for are null.</summary>
/// <param name="Day">UTC day.</param>
/// <param name="KeyId">API key.</param>
/// <param name="Account">Account.</param>
/// <param name="ModelId">Model.</param>
/// <param name="NodeId">Node.</param>
/// <param name="GatewayId">Gateway.</param>
/// <param name="Sum">The sums.</param>
public sealed record UsageRow(
    DateOnly? Day,
    string? KeyId,
    string? Account,
    string? ModelId,
    string? NodeId,
    string? GatewayId,
    UsageSum Sum
);

/// <summary>Sums over records, exact to the last digit.</summary>
/// <param name="Captions">Captions delivered.</param>
/// <param name="CacheHits">How many of them came from the cache or were coalesced.</param>
/// <param name="Pixels">Input pixels.</param>
/// <param name="Tokens">Tokens generated.</param>
/// <param name="CostUsd">Sum of the records' costs.</param>
/// <param name="ChargedUsd">Sum of what was charged.</param>
public sealed record UsageSum(long Captions, long CacheHits, long Pixels, long Tokens, decimal CostUsd, decimal ChargedUsd)
{
    /// <summary>Adds other sums to these.</summary>
    /// <param name="other">The other sums.</param>
    /// <returns>The sums of both.</returns>
    public UsageSum Plus(UsageSum other) =>
        new(
            Captions + other.Captions,
            CacheHits + other.CacheHits,
            Pixels + other.Pixels,
            Tokens + other.Tokens,
            CostUsd + other.CostUsd,
            ChargedUsd + other.ChargedUsd
        );
}

/// <summary>Answer of <c>GET /usage</c>.</summary>
/// <param name="From">First day asked for.</param>
/// <param name="To">Last day asked for.</param>
/// <param name="Rows">The lines, in order of their dimensions.</param>
/// <param name="Total">The sum of all lines.</param>
public sealed record UsageReport(DateOnly? From, DateOnly? To, IReadOnlyList<UsageRow> Rows, UsageSum Total);

/// <summary>What a node has earned.</summary>
/// <param name="NodeId">The node.</param>
/// <param name="Captions">Captions it made that were delivered.</param>
/// <param name="Pixels">Their input pixels.</param>
/// <param name="EarnedUsd">The sum charged for them.</param>
public sealed record NodeEarnings(string NodeId, long Captions, long Pixels, decimal EarnedUsd);

/// <summary>Answer of <c>GET /earnings</c>.</summary>
/// <param name="From">First day asked for.</param>
/// <param name="To">Last day asked for.</param>
/// <param name="Nodes">Sorted by earnings, highest first.</param>
/// <param name="TotalUsd">Their sum.</param>
public sealed record EarningsReport(DateOnly? From, DateOnly? To, IReadOnlyList<NodeEarnings> Nodes, decimal TotalUsd);

/// <summary>One key's reconciliation, in USD.</summary>
/// <param name="KeyId">The key.</param>
/// <param name="Reserved">Total granted to gateways in slices.</param>
/// <param name="Returned">The part given back, or taken back unspent.</param>
/// <param name="Held">The part that gateways still hold.</param>
/// <param name="Delivered">Cost of all delivered captions.</param>
/// <param name="Charged">The part that was charged.</param>
/// <param name="WrittenOff">
/// Delivered but not charged: it reached the ledger after its slice had ended and the budget had been used elsewhere.
/// </param>
/// <param name="Difference">
/// Reserved minus returned, held and charged against slices; anything but zero is an error in the books.
/// </param>
public sealed record KeyReconciliation(
    string KeyId,
    decimal Reserved,
    decimal Returned,
    decimal Held,
    decimal Delivered,
    decimal Charged,
    decimal WrittenOff,
    decimal Difference
);

/// <summary>The reconciliation of an account's budget, or a model's within a key, in USD.</summary>
/// <param name="Account">The account, if the budget is its own.</param>
/// <param name="KeyId">The key, if the budget is for one of its models.</param>
/// <param name="ModelId">The model.</param>
/// <param name="Held">What the budget says that gateways hold.</param>
/// <param name="Difference">What is in their slices, minus that; anything but zero is an error in the books.</param>
public sealed record BudgetReconciliation(string? Account, string? KeyId, string? ModelId, decimal Held, decimal Difference);

/// <summary>Answer of <c>GET /reconciliation</c>.</summary>
/// <param name="Keys">Each key.</param>
/// <param name="LedgerUsd">Cost of all records, summed one by one.</param>
/// <param name="ReportedUsd">The same, from the daily sums that reports use.</param>
/// <param name="Balanced">Whether every difference is zero and both sums agree.</param>
/// <param name="Budgets">Each account, and each model of each key.</param>
public sealed record ReconciliationReport(
    IReadOnlyList<KeyReconciliation> Keys,
    decimal LedgerUsd,
    decimal ReportedUsd,
    bool Balanced,
    IReadOnlyList<BudgetReconciliation> Budgets
);
