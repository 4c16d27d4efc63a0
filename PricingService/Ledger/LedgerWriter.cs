using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Ledger;
using ImageToText.Contracts.Prices;
using ImageToText.PricingService.Budgets;
using ImageToText.PricingService.Errors;
using ImageToText.PricingService.Storage;
using ImageToText.PricingService.Storage.Rows;
using ImageToText.PricingService.Telemetry;
using Microsoft.EntityFrameworkCore;

namespace ImageToText.PricingService.Ledger;

/// <summary>
/// Adds each usage record to the ledger once, and charges it to the slice or budget that it was reserved against.
/// </summary>
internal sealed class LedgerWriter(Store store, Signal<Slice> returns, TimeProvider time, PricingTelemetry telemetry)
{
    private const int MostRecords = 1_000;
    private const int LongestId = 256;
    private const decimal MostUsd = 1_000_000_000m;

    // Row numbers must become visible in order, or a reader that pages through them would miss some.
    public const string OneAtATime = "ledger";

    /// <summary>Adds records. Those that are already there do no harm.</summary>
    public async Task<UsageReceipt> RecordAsync(UsageBatch batch, CancellationToken cancellationToken)
    {
        if (batch.Records.Count > MostRecords)
        {
            throw PricingRefusals.Invalid($"A batch holds at most {MostRecords} records; this one has {batch.Records.Count}.");
        }

        List<RefusedRecord> refused = [];
        List<UsageRecord> records = [];
        foreach (var record in batch.Records)
        {
            if (Fault(record) is { } reason)
            {
                refused.Add(new(record.RequestId, reason));
            }
            else
            {
                records.Add(record);
            }
        }

        var (accepted, unfounded) =
            records.Count == 0
                ? (0, [])
                : await store.WriteAsync(
                    [OneAtATime, .. records.Select(record => Key.Lock(record.KeyId))],
                    async db =>
                    {
                        var added = await AddAsync(db, records, cancellationToken);
                        if (added.Accepted > 0)
                        {
                            await store.NotifyAsync(db, Store.SlicesNotice, cancellationToken);
                        }

                        return added;
                    },
                    cancellationToken
                );
        if (accepted > 0)
        {
            returns.Raise();
        }

        int duplicates = records.Count - accepted - unfounded.Count;
        refused.AddRange(unfounded);
        telemetry.RecordsReceived(accepted, duplicates, refused.Count);
        return new(accepted, duplicates, refused);
    }

    private static string? Fault(UsageRecord record) =>
        string.IsNullOrEmpty(record.RequestId) || record.RequestId.Length > LongestId ? $"request_id must have 1 to {LongestId} characters."
        : string.IsNullOrEmpty(record.KeyId) ? "key_id is missing."
        : string.IsNullOrEmpty(record.GatewayId) ? "gateway_id is missing."
        : string.IsNullOrEmpty(record.ModelId) ? "model_id is missing."
        : record.Corrects is null && record.Pixels < 0 ? "pixels must not be negative."
        : record.Corrects is null && record.CostUsd is < 0 or > MostUsd ? $"cost_usd must be from 0 to {MostUsd}."
        : record.Corrects is not null && (record.Pixels > 0 || record.CostUsd > 0)
            ? "pixels and cost_usd of a correction must not be above 0."
        : decimal.Round(record.CostUsd, Cost.Scale) != record.CostUsd ? $"cost_usd must have at most {Cost.Scale} decimal places."
        : null;

    private async Task<(int Accepted, List<RefusedRecord> Refused)> AddAsync(
        PricingDb db,
        List<UsageRecord> records,
        CancellationToken cancellationToken
    )
    {
        var ids = records.Select(record => record.RequestId).ToList();
        var known = await db
            .Ledger.Where(row => ids.Contains(row.RequestId))
            .Select(row => row.RequestId)
            .ToHashSetAsync(StringComparer.Ordinal, cancellationToken);
        var now = time.GetUtcNow();
        int accepted = 0;
        List<RefusedRecord> refused = [];
        foreach (var record in records)
        {
            if (!known.Add(record.RequestId))
            {
                continue;
            }

            LedgerRow? corrected = null;
            if (record.Corrects is { } corrects)
            {
                corrected = await FindAsync(db, corrects, cancellationToken);
                if (FaultOf(record, corrected) is { } reason)
                {
                    refused.Add(new(record.RequestId, reason));
                    continue;
                }
            }

            var (charged, againstSlice) = corrected is null
                ? await ChargeAsync(db, record, now, cancellationToken)
                : (await TakeBackAsync(db, record, corrected, cancellationToken), false);
            var row = new LedgerRow
            {
                RequestId = record.RequestId,
                KeyId = record.KeyId,
                GatewayId = record.GatewayId,
                SliceId = record.SliceId,
                NodeId = record.NodeId,
                ModelId = record.ModelId,
                ModelRevision = record.ModelRevision,
                At = record.At,
                Day = corrected?.Day ?? BudgetAccount.DayOf(record.At),
                Pixels = record.Pixels,
                UsdPerPixel = record.UsdPerPixel,
                CostUsd = record.CostUsd,
                Cache = record.Cache,
                DurationMs = record.DurationMs,
                Tokens = record.Tokens,
                Corrects = record.Corrects,
                ChargedUsd = charged,
                AgainstSlice = againstSlice,
                ReceivedAt = now,
            };
            db.Ledger.Add(row);
            await SumAsync(db, row, cancellationToken);
            accepted++;
        }

        return (accepted, refused);
    }

    // A correction follows its caption in the same journal, so the caption may be in the same batch but never in a later one.
    private static async Task<LedgerRow?> FindAsync(PricingDb db, string requestId, CancellationToken cancellationToken) =>
        db.Ledger.Local.FirstOrDefault(row => row.RequestId == requestId)
        ?? await db.Ledger.SingleOrDefaultAsync(row => row.RequestId == requestId, cancellationToken);

    private static string? FaultOf(UsageRecord record, LedgerRow? corrected) =>
        corrected is null ? $"corrects names {record.Corrects}, which is not in the ledger."
        : corrected.Corrects is not null ? "corrects must name a caption, not a correction."
        : corrected.KeyId != record.KeyId ? "key_id must be that of the caption corrected."
        : record.CostUsd != 0 && record.CostUsd != -corrected.CostUsd ? "A correction takes back the whole cost_usd or none of it."
        : null;

    // To the budget, not to its slice: as far as the gateway is concerned, that part of the slice is spent.
    private static async Task<decimal> TakeBackAsync(
        PricingDb db,
        UsageRecord record,
        LedgerRow corrected,
        CancellationToken cancellationToken
    )
    {
        decimal charged = record.CostUsd == 0 ? 0 : corrected.ChargedUsd;
        if (charged != 0)
        {
            var budget = await BudgetLeaseService.BudgetOfAsync(db, corrected.KeyId, cancellationToken);
            var slice = corrected.SliceId is { } sliceId ? await db.Slices.FindAsync([sliceId], cancellationToken) : null;
            var day = BudgetDay(budget, slice, corrected.At);
            (await BudgetAccount.OpenAsync(db, corrected.KeyId, budget, day, cancellationToken)).Charge(-charged);
        }

        return -charged;
    }

    // If a day or month is limited, a caption belongs to the day whose budget was lent for it, even if it was delivered past
    // midnight.
    private static DateOnly BudgetDay(Budget? budget, Slice? slice, DateTimeOffset at) =>
        budget is { PerDay: not null } or { PerMonth: not null } && slice is not null ? slice.Day : BudgetAccount.DayOf(at);

    private static async Task<(decimal Charged, bool AgainstSlice)> ChargeAsync(
        PricingDb db,
        UsageRecord record,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        var budget = await BudgetLeaseService.BudgetOfAsync(db, record.KeyId, cancellationToken);
        var slice = record.SliceId is { } sliceId ? await db.Slices.FindAsync([sliceId], cancellationToken) : null;
        if (slice is not null && slice.KeyId != record.KeyId)
        {
            slice = null;
        }

        var day = BudgetDay(budget, slice, record.At);
        if (slice is { EndedAt: null } && slice.Unspent >= record.CostUsd)
        {
            var lent = await BudgetAccount.OpenAsync(db, record.KeyId, null, slice.Day, cancellationToken);
            lent.Hold(-record.CostUsd);
            slice.Spent += record.CostUsd;
            if (slice.Unspent == 0)
            {
                slice.EndedAt = now;
            }

            var charged = await BudgetAccount.OpenAsync(db, record.KeyId, budget, day, cancellationToken);
            charged.Charge(record.CostUsd);
            return (record.CostUsd, true);
        }

        // It was delivered before the slice ended, and arrived later: it is charged if the budget still has room; otherwise
        // nobody pays.
        var account = await BudgetAccount.OpenAsync(db, record.KeyId, Applicable(budget, record), day, cancellationToken);
        if (account.ShortOf(record.CostUsd) is not null)
        {
            return (0, false);
        }

        account.Charge(record.CostUsd);
        return (record.CostUsd, false);
    }

    // A key that had no budget when the caption was delivered owes it, whatever limit was set since.
    private static Budget? Applicable(Budget? budget, UsageRecord record) => record.SliceId is null ? null : budget;

    private static async Task SumAsync(PricingDb db, LedgerRow row, CancellationToken cancellationToken)
    {
        string node = row.NodeId ?? "";
        var day = await db.UsageDays.FindAsync([row.Day, row.KeyId, row.ModelId, node, row.GatewayId], cancellationToken);
        if (day is null)
        {
            day = new()
            {
                Day = row.Day,
                KeyId = row.KeyId,
                ModelId = row.ModelId,
                NodeId = node,
                GatewayId = row.GatewayId,
            };
            db.UsageDays.Add(day);
        }

        day.Captions += row.Captions;
        day.CacheHits += row.Cache == CacheOutcome.Miss ? 0 : row.Captions;
        day.Pixels += row.Pixels;
        day.Tokens += row.Tokens ?? 0;
        day.CostUsd += row.CostUsd;
        day.ChargedUsd += row.ChargedUsd;
    }
}
