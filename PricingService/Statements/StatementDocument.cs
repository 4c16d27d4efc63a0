using System.Globalization;
using ImageToText.Contracts.Ledger;
using ImageToText.Contracts.Prices;

namespace ImageToText.PricingService.Statements;

/// <summary>A column of a statement.</summary>
/// <param name="Name">Its name in CSV.</param>
/// <param name="Heading">Its heading on the page.</param>
/// <param name="IsNumber">Whether it holds numbers.</param>
internal sealed record StatementColumn(string Name, string Heading, bool IsNumber = false);

/// <summary>One account's or owner's part of a statement.</summary>
/// <param name="Name">The account or owner; null: none is named.</param>
/// <param name="Rows">Its rows, a cell for each column.</param>
/// <param name="Total">The sums of the numbers, a cell for each column with numbers.</param>
internal sealed record StatementPart(string? Name, IReadOnlyList<string[]> Rows, string[] Total);

/// <summary>A statement as text in rows and columns, whatever it is written as.</summary>
internal sealed record StatementDocument
{
    private static readonly StatementColumn[] AccountColumns =
    [
        new("key_id", "Key"),
        new("key_name", "Name"),
        new("model_id", "Model"),
        new("captions", "Captions", IsNumber: true),
        new("cache_hits", "From the cache", IsNumber: true),
        new("pixels", "Pixels", IsNumber: true),
        new("tokens", "Tokens", IsNumber: true),
        new("cost_usd", "Cost (USD)", IsNumber: true),
        new("charged_usd", "Charged (USD)", IsNumber: true),
    ];

    private static readonly StatementColumn[] OwnerColumns =
    [
        new("node_id", "Node"),
        new("model_id", "Model"),
        new("captions", "Captions", IsNumber: true),
        new("pixels", "Pixels", IsNumber: true),
        new("earned_usd", "Earned (USD)", IsNumber: true),
    ];

    /// <summary>What the page is called.</summary>
    public required string Title { get; init; }

    /// <summary>The month.</summary>
    public required string Month { get; init; }

    /// <summary>What a part is, as a column's name: <c>account</c> or <c>owner</c>.</summary>
    public required string PartName { get; init; }

    /// <summary>The columns; those with numbers come last.</summary>
    public required IReadOnlyList<StatementColumn> Columns { get; init; }

    /// <summary>The parts.</summary>
    public required IReadOnlyList<StatementPart> Parts { get; init; }

    public static StatementDocument Of(AccountStatements statements) =>
        new()
        {
            Title = "Statement",
            Month = statements.Month,
            PartName = "account",
            Columns = AccountColumns,
            Parts =
            [
                .. statements.Accounts.Select(static account => new StatementPart(
                    account.Account,
                    [
                        .. account.Lines.Select(static line =>
                            (string[])[line.KeyId, line.KeyName ?? "", line.ModelId, .. Numbers(line.Sum)]
                        ),
                    ],
                    Numbers(account.Total)
                )),
            ],
        };

    public static StatementDocument Of(OwnerStatements statements) =>
        new()
        {
            Title = "Earnings",
            Month = statements.Month,
            PartName = "owner",
            Columns = OwnerColumns,
            Parts =
            [
                .. statements.Owners.Select(static owner => new StatementPart(
                    owner.Owner,
                    [
                        .. owner.Lines.Select(static line =>
                            (string[])[line.NodeId, line.ModelId, Text(line.Captions), Text(line.Pixels), Text(line.EarnedUsd)]
                        ),
                    ],
                    [
                        Text(owner.Lines.Sum(static line => line.Captions)),
                        Text(owner.Lines.Sum(static line => line.Pixels)),
                        Text(owner.TotalUsd),
                    ]
                )),
            ],
        };

    private static string[] Numbers(UsageSum sum) =>
        [Text(sum.Captions), Text(sum.CacheHits), Text(sum.Pixels), Text(sum.Tokens), Text(sum.CostUsd), Text(sum.ChargedUsd)];

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Text(decimal usd) => Cost.WithoutTrailingZeros(usd).ToString(CultureInfo.InvariantCulture);
}
