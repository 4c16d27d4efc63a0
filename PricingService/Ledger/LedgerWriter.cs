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
/// Adds each usage record to the ledger once, and charges it to the slice or budgets that it was reserved against.
/// </summary>
internal sealed class LedgerWriter(Store store, Signal<Slice> returns, BudgetNotices notices, TimeProvider time, PricingTelemetry telemetry)
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

        var (accepted, released, unfounded) =
            records.Count == 0
                ? (0, false, [])
                : await store.WriteAsync(
                    async db =>
                        [
                            OneAtATime,
                            .. await BudgetLocks.OfAsync(
                                db,
                                records.Select(record => record.KeyId),
                                records.Select(record => record.SliceId).OfType<string>(),
                                cancellationToken
                            ),
                        ],
                    async db =>
                    {
                        var added = await AddAsync(db, records, cancellationToken);
                        if (added.Accepted > 0 || added.Released)
                        {
                            await store.NotifyAsync(db, Store.SlicesNotice, cancellationToken);
                        }

                        return added;
                    },
                    cancellationToken
                );
        if (accepted > 0 || released)
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

    private async Task<(int Accepted, bool Released, List<RefusedRecord> Refused)> AddAsync(
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
        known.UnionWith(await LedgerArchiver.ArchivedAsync(db, records, now, cancellationToken));
        List<LedgerRow> added = [];
        List<LedgerRow> released = [];
        List<RefusedRecord> refused = [];
        foreach (var record in records)
        {
            if (!known.Add(record.RequestId))
            {
                if (await ReleaseAsync(db, record, added, released, now, cancellationToken) is { } note)
                {
                    released.Add(note);
                }

                continue;
            }

            LedgerRow? corrected = null;
            if (record.Corrects is { } corrects)
            {
                corrected = await FindAsync(db, corrects, added, cancellationToken);
                if (FaultOf(record, corrected) is { } reason)
                {
                    refused.Add(new(record.RequestId, reason));
                    continue;
                }
            }

            var charge = corrected is null
                ? await ChargeAsync(db, record, now, cancellationToken)
                : await TakeBackAsync(db, record, corrected, cancellationToken);
            added.Add(RowOf(record, charge, corrected?.Day ?? BudgetAccount.DayOf(record.At), now));
        }

        await LedgerRows.InsertAsync(db, [.. added, .. released], cancellationToken);
        await RollUps.AddAsync(db, added, cancellationToken);
        return (added.Count, released.Count > 0, refused);
    }

    private static LedgerRow RowOf(UsageRecord record, Charge charge, DateOnly day, DateTimeOffset now) =>
        new()
        {
            RequestId = record.RequestId,
            KeyId = record.KeyId,
            GatewayId = record.GatewayId,
            SliceId = record.SliceId,
            NodeId = record.NodeId,
            ModelId = record.ModelId,
            ModelRevision = record.ModelRevision,
            At = record.At,
            Day = day,
            Pixels = record.Pixels,
            UsdPerPixel = record.UsdPerPixel,
            CostUsd = record.CostUsd,
            Cache = record.Cache,
            DurationMs = record.DurationMs,
            Tokens = record.Tokens,
            Corrects = record.Corrects,
            ChargedUsd = charge.Usd,
            Account = charge.Account,
            AgainstSlice = charge.AgainstSlice,
            ReceivedAt = now,
        };

    // Two gateways delivered the same request: one took it over when the other seemed gone. The first record is charged. The other
    // slice gives back what its gateway spent from it; a correction of nothing notes that, so that it happens once.
    private static async Task<LedgerRow?> ReleaseAsync(
        PricingDb db,
        UsageRecord record,
        List<LedgerRow> added,
        List<LedgerRow> released,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        if (record.SliceId is not { } sliceId || record.Corrects is not null || record.CostUsd <= 0)
        {
            return null;
        }

        string noteId = $"{record.RequestId}-duplicate-{sliceId}";
        var charged = await FindAsync(db, record.RequestId, added, cancellationToken);
        var slice = await db.Slices.FindAsync([sliceId], cancellationToken);
        if (
            charged is null
            || charged.SliceId == sliceId
            || charged.KeyId != record.KeyId
            || slice is not { EndedAt: null }
            || slice.KeyId != record.KeyId
            || slice.Unspent < record.CostUsd
            || await FindAsync(db, noteId, released, cancellationToken) is not null
        )
        {
            return null;
        }

        (await SpenderAccounts.OfSliceAsync(db, slice, cancellationToken)).Hold(-record.CostUsd);
        slice.Amount -= record.CostUsd;
        slice.Duplicated += record.CostUsd;
        slice.Delivered = Math.Max(slice.Spent, slice.Delivered - record.CostUsd);
        if (slice.Unspent == 0)
        {
            slice.EndedAt = now;
        }

        var note = record with { RequestId = noteId, Corrects = record.RequestId, Pixels = 0, CostUsd = 0, Tokens = null };
        return RowOf(note, new(0, slice.Account, AgainstSlice: false), charged.Day, now);
    }

    // A correction follows its caption in the same journal, so the caption may be in the same batch but never in a later one.
    private static async Task<LedgerRow?> FindAsync(
        PricingDb db,
        string requestId,
        List<LedgerRow> added,
        CancellationToken cancellationToken
    ) =>
        added.Find(row => row.RequestId == requestId)
        ?? await db.Ledger.SingleOrDefaultAsync(row => row.RequestId == requestId, cancellationToken);

    private static string? FaultOf(UsageRecord record, LedgerRow? corrected) =>
        corrected is null ? $"corrects names {record.Corrects}, which is not in the ledger."
        : corrected.Corrects is not null ? "corrects must name a caption, not a correction."
        : corrected.KeyId != record.KeyId ? "key_id must be that of the caption corrected."
        : record.CostUsd != 0 && record.CostUsd != -corrected.CostUsd ? "A correction takes back the whole cost_usd or none of it."
        : null;

    // To the budget, not to its slice: as far as the gateway is concerned, that part of the slice is spent.
    private static async Task<Charge> TakeBackAsync(
        PricingDb db,
        UsageRecord record,
        LedgerRow corrected,
        CancellationToken cancellationToken
    )
    {
        decimal charged = record.CostUsd == 0 ? 0 : corrected.ChargedUsd;
        if (charged != 0)
        {
            var slice = corrected.SliceId is { } sliceId ? await db.Slices.FindAsync([sliceId], cancellationToken) : null;
            var spender = await SpenderOfAsync(db, record, slice, cancellationToken);
            var day = BudgetDay(spender, slice, corrected.At);
            // To the account that was charged, whatever the key's is now.
            spender = spender with
            {
                Account = corrected.Account,
            };
            (await SpenderAccounts.OpenAsync(db, spender, day, cancellationToken)).Charge(-charged);
        }

        return new(-charged, corrected.Account, AgainstSlice: false);
    }

    // A slice was lent for its model and by its account, whatever has become of the key since.
    private static Task<Spender> SpenderOfAsync(PricingDb db, UsageRecord record, Slice? slice, CancellationToken cancellationToken) =>
        Spender.OfAsync(db, record.KeyId, slice?.ModelId ?? record.ModelId, slice?.Account, cancellationToken);

    // If a day or month is limited, a caption belongs to the day whose budget was lent for it, even if it was delivered past
    // midnight.
    private static DateOnly BudgetDay(Spender spender, Slice? slice, DateTimeOffset at) =>
        spender.IsPeriodic && slice is not null ? slice.Day : BudgetAccount.DayOf(at);

    private async Task<Charge> ChargeAsync(PricingDb db, UsageRecord record, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var slice = record.SliceId is { } sliceId ? await db.Slices.FindAsync([sliceId], cancellationToken) : null;
        if (slice is not null && slice.KeyId != record.KeyId)
        {
            slice = null;
        }

        var spender = await SpenderOfAsync(db, record, slice, cancellationToken);
        var day = BudgetDay(spender, slice, record.At);
        if (slice is { EndedAt: null } && slice.Unspent >= record.CostUsd)
        {
            (await SpenderAccounts.OfSliceAsync(db, slice, cancellationToken)).Hold(-record.CostUsd);
            slice.Spent += record.CostUsd;
            if (slice.Unspent == 0)
            {
                slice.EndedAt = now;
            }

            Take(await SpenderAccounts.OpenAsync(db, spender, day, cancellationToken));
            return new(record.CostUsd, spender.Account, AgainstSlice: true);
        }

        // It was delivered before the slice ended, and arrived later: it is charged if the budgets still have room; otherwise
        // nobody pays. A key that had no budget when the caption was delivered owes it, whatever limit was set since.
        var accounts = await SpenderAccounts.OpenAsync(db, spender, day, cancellationToken);
        if (record.SliceId is not null && accounts.ShortOf(record.CostUsd) is not null)
        {
            return new(0, spender.Account, AgainstSlice: false);
        }

        Take(accounts);
        return new(record.CostUsd, spender.Account, AgainstSlice: false);

        void Take(SpenderAccounts from)
        {
            from.Charge(record.CostUsd);
            notices.Charged(db, from);
        }
    }

    /// <summary>What a record charges, and to what.</summary>
    private readonly record struct Charge(decimal Usd, string? Account, bool AgainstSlice);
}
