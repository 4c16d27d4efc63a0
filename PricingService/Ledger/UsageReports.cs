using System.Globalization;
using System.Text.Json;
using CsvHelper;
using ImageToText.Contracts.Ledger;
using ImageToText.PricingService.Budgets;
using ImageToText.PricingService.Errors;
using ImageToText.PricingService.Storage;
using ImageToText.PricingService.Storage.Rows;
using Microsoft.EntityFrameworkCore;

namespace ImageToText.PricingService.Ledger;

/// <summary>Reports on the ledger. All sums are added as decimals, never as floating point, so they are exact.</summary>
internal sealed class UsageReports(Store store)
{
    private static readonly string[] Columns =
    [
        "sequence",
        "request_id",
        "key_id",
        "gateway_id",
        "slice_id",
        "node_id",
        "model_id",
        "model_revision",
        "at",
        "pixels",
        "usd_per_pixel",
        "cost_usd",
        "charged_usd",
        "cache",
        "duration_ms",
        "tokens",
        "received_at",
        "corrects",
    ];

    private const int PageRows = 100;
    private const int MostPageRows = 1_000;

    /// <summary>Spend, broken down.</summary>
    public Task<UsageReport> ReportAsync(UsageQuery query, CancellationToken cancellationToken) =>
        store.ReadAsync(async db =>
        {
            var accounts = query.GroupBy.Contains(UsageDimension.Account)
                ? (await db.Keys.ToListAsync(cancellationToken)).ToDictionary(
                    key => key.KeyId,
                    key => key.Settings.Account,
                    StringComparer.Ordinal
                )
                : [];
            Dictionary<
                (DateOnly? Day, string? KeyId, string? Account, string? ModelId, string? NodeId, string? GatewayId),
                UsageSum
            > sums = [];
            var total = new UsageSum(0, 0, 0, 0, 0, 0);
            await foreach (var (of, day) in RollUps.ReadAsync(db, query, query.GroupBy).WithCancellation(cancellationToken))
            {
                var group = (
                    By(UsageDimension.Day) ? of : null,
                    By(UsageDimension.Key) ? day.KeyId : null,
                    By(UsageDimension.Account) ? accounts.GetValueOrDefault(day.KeyId) : null,
                    By(UsageDimension.Model) ? day.ModelId : null,
                    By(UsageDimension.Node) && day.NodeId.Length > 0 ? day.NodeId : null,
                    By(UsageDimension.Gateway) ? day.GatewayId : null
                );
                sums[group] = sums.TryGetValue(group, out var sum) ? sum.Plus(day.Sum) : day.Sum;
                total = total.Plus(day.Sum);
            }

            var rows =
                query.GroupBy.Count == 0
                    ? []
                    : sums.Select(entry => new UsageRow(
                            entry.Key.Day,
                            entry.Key.KeyId,
                            entry.Key.Account,
                            entry.Key.ModelId,
                            entry.Key.NodeId,
                            entry.Key.GatewayId,
                            entry.Value
                        ))
                        .OrderBy(row => row.Day)
                        .ThenBy(row => row.Account, StringComparer.Ordinal)
                        .ThenBy(row => row.KeyId, StringComparer.Ordinal)
                        .ThenBy(row => row.ModelId, StringComparer.Ordinal)
                        .ThenBy(row => row.NodeId, StringComparer.Ordinal)
                        .ThenBy(row => row.GatewayId, StringComparer.Ordinal)
                        .ToList();
            return new UsageReport(query.From, query.To, rows, total);

            bool By(UsageDimension dimension) => query.GroupBy.Contains(dimension);
        });

    /// <summary>A page of entries.</summary>
    public Task<LedgerPage> PageAsync(UsageQuery query, long? after, int? limit, CancellationToken cancellationToken)
    {
        int rows = limit ?? PageRows;
        if (rows is < 1 or > MostPageRows)
        {
            throw PricingRefusals.Invalid($"limit must be from 1 to {MostPageRows}, not {limit}.");
        }

        return store.ReadAsync(async db =>
        {
            var found = await Rows(db, query).Where(row => row.Sequence > (after ?? 0)).Take(rows + 1).ToListAsync(cancellationToken);
            var page = found.Take(rows).Select(row => row.ToContract()).ToList();
            return new LedgerPage(page, found.Count > rows ? page[^1].Sequence : null);
        });
    }

    /// <summary>Writes entries as CSV.</summary>
    public async Task ExportAsync(UsageQuery query, Stream destination, CancellationToken cancellationToken)
    {
        await using var db = store.OpenForReading();
        // A model's name comes from outside, and a spreadsheet would run anything that begins like a formula.
        await using var csv = CsvWriter.Create(destination, new() { Injection = CsvInjection.Escape }, leaveOpen: true);
        await csv.WriteRecordAsync(Columns, cancellationToken);
        await foreach (var row in Rows(db, query).AsAsyncEnumerable().WithCancellation(cancellationToken))
        {
            await csv.WriteRecordAsync(
                [
                    row.Sequence.ToString(CultureInfo.InvariantCulture),
                    row.RequestId,
                    row.KeyId,
                    row.GatewayId,
                    row.SliceId ?? "",
                    row.NodeId ?? "",
                    row.ModelId,
                    row.ModelRevision ?? "",
                    row.At.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
                    row.Pixels.ToString(CultureInfo.InvariantCulture),
                    Exact(row.UsdPerPixel),
                    Exact(row.CostUsd),
                    Exact(row.ChargedUsd),
                    JsonNamingPolicy.SnakeCaseLower.ConvertName(row.Cache.ToString()),
                    row.DurationMs.ToString(CultureInfo.InvariantCulture),
                    row.Tokens?.ToString(CultureInfo.InvariantCulture) ?? "",
                    row.ReceivedAt.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
                    row.Corrects ?? "",
                ],
                cancellationToken
            );
        }

        await csv.FlushAsync(cancellationToken);
    }

    /// <summary>What nodes have earned.</summary>
    public Task<EarningsReport> EarningsAsync(UsageQuery query, CancellationToken cancellationToken) =>
        store.ReadAsync(async db =>
        {
            Dictionary<string, NodeEarnings> nodes = new(StringComparer.Ordinal);
            await foreach (var (_, day) in RollUps.ReadAsync(db, query, [UsageDimension.Node]).WithCancellation(cancellationToken))
            {
                if (day.NodeId.Length == 0)
                {
                    continue;
                }

                var earned = nodes.GetValueOrDefault(day.NodeId) ?? new(day.NodeId, 0, 0, 0);
                nodes[day.NodeId] = earned with
                {
                    Captions = earned.Captions + day.Captions,
                    Pixels = earned.Pixels + day.Pixels,
                    EarnedUsd = earned.EarnedUsd + day.ChargedUsd,
                };
            }

            return new EarningsReport(
                query.From,
                query.To,
                [.. nodes.Values.OrderByDescending(node => node.EarnedUsd).ThenBy(node => node.NodeId, StringComparer.Ordinal)],
                nodes.Values.Sum(node => node.EarnedUsd)
            );
        });

    /// <summary>
    /// Compares the books: slices granted, amounts that budgets say are held, charges in the ledger's records, and the daily
    /// sums. They are kept separately and must agree. Everything is read at one moment, so whatever is lent meanwhile makes no
    /// difference.
    /// </summary>
    public Task<ReconciliationReport> ReconcileAsync(CancellationToken cancellationToken) =>
        store.ReadSnapshotAsync(
            async db =>
            {
                Dictionary<string, KeyReconciliation> keys = new(StringComparer.Ordinal);
                // What slices hold of the budgets of accounts and models, less what those budgets say.
                Dictionary<BudgetOwner, (decimal Held, decimal Difference)> budgets = [];
                await foreach (var slice in db.Slices.AsAsyncEnumerable().WithCancellation(cancellationToken))
                {
                    foreach (var owner in BudgetOwner.OfSlice(slice))
                    {
                        var before = budgets.GetValueOrDefault(owner);
                        budgets[owner] = before with { Difference = before.Difference + slice.Unspent };
                    }

                    Change(
                        slice.KeyId,
                        key => key with { Reserved = key.Reserved + slice.Granted, Returned = key.Returned + slice.Granted - slice.Amount }
                    );
                }

                await foreach (
                    var whole in db
                        .BudgetPeriods.Where(period => period.Period == BudgetPeriod.Whole)
                        .AsAsyncEnumerable()
                        .WithCancellation(cancellationToken)
                )
                {
                    var owner = BudgetOwner.Parse(whole.KeyId);
                    if (owner.Scope == BudgetOwner.KeyScope)
                    {
                        Change(whole.KeyId, key => key with { Held = whole.Held });
                    }
                    else
                    {
                        budgets[owner] = (whole.Held, budgets.GetValueOrDefault(owner).Difference - whole.Held);
                    }
                }

                Dictionary<string, decimal> againstSlices = new(StringComparer.Ordinal);
                decimal ledger = 0m;
                await foreach (var archived in db.ArchivedKeys.AsAsyncEnumerable().WithCancellation(cancellationToken))
                {
                    ledger += archived.Delivered;
                    againstSlices[archived.KeyId] = archived.AgainstSlices;
                    Change(archived.KeyId, key => Deliver(key, archived.Delivered, archived.Charged));
                }

                await foreach (
                    var row in db
                        .Ledger.Select(row => new
                        {
                            row.KeyId,
                            row.CostUsd,
                            row.ChargedUsd,
                            row.AgainstSlice,
                        })
                        .AsAsyncEnumerable()
                        .WithCancellation(cancellationToken)
                )
                {
                    ledger += row.CostUsd;
                    Change(row.KeyId, key => Deliver(key, row.CostUsd, row.ChargedUsd));
                    if (row.AgainstSlice)
                    {
                        againstSlices[row.KeyId] = againstSlices.GetValueOrDefault(row.KeyId) + row.ChargedUsd;
                    }
                }

                decimal reported = 0m;
                await foreach (
                    decimal cost in db.UsageDays.Select(day => day.CostUsd).AsAsyncEnumerable().WithCancellation(cancellationToken)
                )
                {
                    reported += cost;
                }

                List<KeyReconciliation> all =
                [
                    .. keys
                        .Values.Select(key =>
                            key with
                            {
                                Difference = key.Reserved - key.Returned - key.Held - againstSlices.GetValueOrDefault(key.KeyId),
                            }
                        )
                        .OrderBy(key => key.KeyId, StringComparer.Ordinal),
                ];
                List<BudgetReconciliation> shared =
                [
                    .. budgets
                        .OrderBy(entry => entry.Key.RowId, StringComparer.Ordinal)
                        .Select(entry => new BudgetReconciliation(
                            entry.Key.Account,
                            entry.Key.KeyId,
                            entry.Key.ModelId,
                            entry.Value.Held,
                            entry.Value.Difference
                        )),
                ];
                return new ReconciliationReport(
                    all,
                    ledger,
                    reported,
                    ledger == reported && all.TrueForAll(key => key.Difference == 0) && shared.TrueForAll(budget => budget.Difference == 0),
                    shared
                );

                void Change(string keyId, Func<KeyReconciliation, KeyReconciliation> change) =>
                    keys[keyId] = change(keys.GetValueOrDefault(keyId) ?? new(keyId, 0, 0, 0, 0, 0, 0, 0));
            },
            cancellationToken
        );

    private static KeyReconciliation Deliver(KeyReconciliation key, decimal cost, decimal charged) =>
        key with
        {
            Delivered = key.Delivered + cost,
            Charged = key.Charged + charged,
            WrittenOff = key.WrittenOff + cost - charged,
        };

    private static IQueryable<LedgerRow> Rows(PricingDb db, UsageQuery query)
    {
        var rows = db.Ledger.AsQueryable();
        if (query.From is { } from)
        {
            rows = rows.Where(row => row.Day >= from);
        }

        if (query.To is { } to)
        {
            rows = rows.Where(row => row.Day <= to);
        }

        if (query.KeyId is { } keyId)
        {
            rows = rows.Where(row => row.KeyId == keyId);
        }

        if (query.ModelId is { } modelId)
        {
            rows = rows.Where(row => row.ModelId == modelId);
        }

        if (query.NodeId is { } nodeId)
        {
            rows = rows.Where(row => row.NodeId == nodeId);
        }

        return rows.OrderBy(row => row.Sequence);
    }

    private static string Exact(decimal amount) =>
        Contracts.Prices.Cost.WithoutTrailingZeros(amount).ToString(CultureInfo.InvariantCulture);
}
