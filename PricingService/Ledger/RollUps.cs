using ImageToText.Contracts.Ledger;
using ImageToText.PricingService.Storage;
using ImageToText.PricingService.Storage.Rows;
using Microsoft.EntityFrameworkCore;

namespace ImageToText.PricingService.Ledger;

/// <summary>
/// The ledger's sums by day and by month, for each key, model, node and gateway, and by day over all keys. They are written in the
/// transaction that adds the records, and reports read them, so that a report takes as long with ten million records as with none.
/// </summary>
internal static class RollUps
{
    private static readonly DateOnly LastMonth = UsageMonth.Of(DateOnly.MaxValue);

    /// <summary>Adds records that are about to be saved.</summary>
    public static async Task AddAsync(PricingDb db, IReadOnlyCollection<LedgerRow> rows, CancellationToken cancellationToken)
    {
        if (rows.Count == 0)
        {
            return;
        }

        // One query brings what would otherwise take one for each sum.
        var keys = rows.Select(static row => row.KeyId).ToHashSet(StringComparer.Ordinal);
        var gateways = rows.Select(static row => row.GatewayId).ToHashSet(StringComparer.Ordinal);
        var days = rows.Select(static row => row.Day).ToHashSet();
        var months = days.Select(UsageMonth.Of).ToHashSet();
        var byDay = await db
            .UsageDays.Where(day => days.Contains(day.Day) && keys.Contains(day.KeyId) && gateways.Contains(day.GatewayId))
            .ToDictionaryAsync(static day => NameOf(day.Day, day), cancellationToken);
        var byMonth = await db
            .UsageMonths.Where(month => months.Contains(month.Month) && keys.Contains(month.KeyId) && gateways.Contains(month.GatewayId))
            .ToDictionaryAsync(static month => NameOf(month.Month, month), cancellationToken);
        var totals = await db
            .UsageDayTotals.Where(total => days.Contains(total.Day) && gateways.Contains(total.GatewayId))
            .ToDictionaryAsync(static total => NameOf(total.Day, total), cancellationToken);
        foreach (var row in rows)
        {
            SumOf(db.UsageDays, byDay, row.Day, new UsageDay(row)).Add(row);
            SumOf(db.UsageDayTotals, totals, row.Day, new UsageDayTotal(row)).Add(row);
            SumOf(db.UsageMonths, byMonth, UsageMonth.Of(row.Day), new UsageMonth(row)).Add(row);
        }
    }

    /// <summary>
    /// The sums that a query is about. Whole months come as one sum each, unless days are asked for; then, and before the first and
    /// after the last whole month, days do.
    /// </summary>
    /// <param name="db">The store.</param>
    /// <param name="query">The days, key, model and node.</param>
    /// <param name="by">What must be told apart; of everything else there may be one sum.</param>
    public static async IAsyncEnumerable<(DateOnly? Day, UsageSums Sums)> ReadAsync(
        PricingDb db,
        UsageQuery query,
        IReadOnlyCollection<UsageDimension> by
    )
    {
        // From the first day of a month until before the first day of another. The last month that there is has no other.
        DateOnly? from =
            query.From is not { } first ? null
            : first.Day == 1 ? first
            : UsageMonth.Of(first) < LastMonth ? UsageMonth.Of(first).AddMonths(1)
            : DateOnly.MaxValue;
        DateOnly? until = query.To is not { } last || last == DateOnly.MaxValue ? null : UsageMonth.Of(last.AddDays(1));
        if (by.Contains(UsageDimension.Day) || from >= until || from == DateOnly.MaxValue)
        {
            await foreach (var day in Days(db, query, by, query.From, query.To).AsAsyncEnumerable())
            {
                yield return (day.Day, day);
            }

            yield break;
        }

        var months = Filter(db.UsageMonths, query);
        if (from is not null)
        {
            months = months.Where(month => month.Month >= from);
        }

        if (until is not null)
        {
            months = months.Where(month => month.Month < until);
        }

        await foreach (var month in months.AsAsyncEnumerable())
        {
            yield return (null, month);
        }

        if (query.From < from)
        {
            await foreach (var day in Days(db, query, by, query.From, from.Value.AddDays(-1)).AsAsyncEnumerable())
            {
                yield return (day.Day, day);
            }
        }

        if (until <= query.To)
        {
            await foreach (var day in Days(db, query, by, until, query.To).AsAsyncEnumerable())
            {
                yield return (day.Day, day);
            }
        }
    }

    // The sum that is there already, or the new one.
    private static TSums SumOf<TSums>(DbSet<TSums> sums, Dictionary<SumName, TSums> known, DateOnly from, TSums created)
        where TSums : UsageSums
    {
        var name = NameOf(from, created);
        if (known.TryGetValue(name, out var sum))
        {
            return sum;
        }

        known.Add(name, created);
        sums.Add(created);
        return created;
    }

    private static SumName NameOf(DateOnly from, UsageSums sum) => new(from, sum.KeyId, sum.ModelId, sum.NodeId, sum.GatewayId);

    private static IQueryable<UsageDay> Days(
        PricingDb db,
        UsageQuery query,
        IReadOnlyCollection<UsageDimension> by,
        DateOnly? from,
        DateOnly? to
    )
    {
        // Only reports that tell keys apart read the days of each key.
        if (query.KeyId is null && !by.Contains(UsageDimension.Key) && !by.Contains(UsageDimension.Account))
        {
            var totals = Filter(db.UsageDayTotals, query);
            totals = from is null ? totals : totals.Where(total => total.Day >= from);
            totals = to is null ? totals : totals.Where(total => total.Day <= to);
            return totals.Select(total => new UsageDay
            {
                Day = total.Day,
                ModelId = total.ModelId,
                NodeId = total.NodeId,
                GatewayId = total.GatewayId,
                Captions = total.Captions,
                CacheHits = total.CacheHits,
                Pixels = total.Pixels,
                Tokens = total.Tokens,
                CostUsd = total.CostUsd,
                ChargedUsd = total.ChargedUsd,
            });
        }

        var days = Filter(db.UsageDays, query);
        days = from is null ? days : days.Where(day => day.Day >= from);
        return Grouped(to is null ? days : days.Where(day => day.Day <= to), by);
    }

    // A month has many days of many keys. The database adds them up exactly: as numeric, or where amounts are text, by EF's own sum.
    private static IQueryable<UsageDay> Grouped(IQueryable<UsageDay> days, IReadOnlyCollection<UsageDimension> by)
    {
        bool keys = by.Contains(UsageDimension.Key) || by.Contains(UsageDimension.Account);
        bool models = by.Contains(UsageDimension.Model);
        bool nodes = by.Contains(UsageDimension.Node);
        bool gateways = by.Contains(UsageDimension.Gateway);
        return days.GroupBy(day => new
            {
                day.Day,
                KeyId = keys ? day.KeyId : "",
                ModelId = models ? day.ModelId : "",
                NodeId = nodes ? day.NodeId : "",
                GatewayId = gateways ? day.GatewayId : "",
            })
            .Select(group => new UsageDay
            {
                Day = group.Key.Day,
                KeyId = group.Key.KeyId,
                ModelId = group.Key.ModelId,
                NodeId = group.Key.NodeId,
                GatewayId = group.Key.GatewayId,
                Captions = group.Sum(day => day.Captions),
                CacheHits = group.Sum(day => day.CacheHits),
                Pixels = group.Sum(day => day.Pixels),
                Tokens = group.Sum(day => day.Tokens),
                CostUsd = group.Sum(day => day.CostUsd),
                ChargedUsd = group.Sum(day => day.ChargedUsd),
            });
    }

    private static IQueryable<TSums> Filter<TSums>(IQueryable<TSums> sums, UsageQuery query)
        where TSums : UsageSums
    {
        if (query.KeyId is { } keyId)
        {
            sums = sums.Where(sum => sum.KeyId == keyId);
        }

        if (query.ModelId is { } modelId)
        {
            sums = sums.Where(sum => sum.ModelId == modelId);
        }

        return query.NodeId is { } nodeId ? sums.Where(sum => sum.NodeId == nodeId) : sums;
    }

    private readonly record struct SumName(DateOnly From, string KeyId, string ModelId, string NodeId, string GatewayId);
}
