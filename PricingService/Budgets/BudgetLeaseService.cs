using ImageToText.Contracts.Budgets;
using ImageToText.PricingService.Errors;
using ImageToText.PricingService.Storage;
using ImageToText.PricingService.Storage.Rows;
using ImageToText.PricingService.Telemetry;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ImageToText.PricingService.Budgets;

/// <summary>
/// Lends budgets to gateways in slices. A slice is part of the key's budget, and of its model's and its account's where there are
/// such budgets. What is lent, charged and left is read and written in one transaction, so all gateways together never hold more
/// than any budget. Slices get smaller near its end. If nothing is left to lend but other gateways hold unspent slices, those are
/// recalled and the request waits for them.
/// </summary>
internal sealed class BudgetLeaseService(
    Store store,
    NetworkChanges changes,
    Signal<Slice> returns,
    GatewayPresence gateways,
    IOptions<BudgetLeaseOptions> options,
    BudgetNotices notices,
    TimeProvider time,
    PricingTelemetry telemetry
)
{
    // A slice takes at most one of this many equal parts of what is left, so that each gateway finds something for its next
    // request too.
    private const int Fairness = 2;
    private const double RetryAfterSeconds = 1;

    // PostgreSQL tells of another replica's returns; this is for a notice that got lost.
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    private readonly BudgetLeaseOptions _options = options.Value;

    // Since when the store has been reachable; null: the last check failed.
    private DateTimeOffset? _reachableSince = time.GetUtcNow();

    /// <summary>Grants a slice. If nothing else is left, it waits for what is recalled.</summary>
    public async Task<SliceAnswer> RequestAsync(SliceRequest request, CancellationToken cancellationToken)
    {
        Check(request);
        gateways.Saw(request.GatewayId);
        var waitUntil = time.GetUtcNow() + TimeSpan.FromSeconds(Math.Min(request.WaitSeconds, _options.LongestWait.TotalSeconds));
        while (true)
        {
            var returned = returns.Next;
            var answer = await TryAsync(request, cancellationToken);
            var rest = waitUntil - time.GetUtcNow();
            if (answer.Outcome != SliceOutcome.Held || rest <= TimeSpan.Zero)
            {
                telemetry.SliceAnswered(answer.Outcome);
                return answer;
            }

            await Signal<Slice>.WaitAsync(returned, rest < LookAgain ? rest : LookAgain, time, cancellationToken);
        }
    }

    /// <summary>Gives back what slices hold beyond what the gateway keeps.</summary>
    public async Task<SliceList> ShrinkAsync(SliceShrinkRequest request, CancellationToken cancellationToken)
    {
        if (request.Slices.FirstOrDefault(shrink => shrink.Spent < 0 || shrink.Keep < shrink.Spent) is { } wrong)
        {
            throw PricingRefusals.Invalid(
                $"For slice {wrong.SliceId}, keep and spent must not be negative, and spent must not exceed keep; they "
                    + $"are {wrong.Keep} and {wrong.Spent}."
            );
        }

        var ids = request.Slices.Select(shrink => shrink.SliceId).ToList();
        var list = await store.WriteAsync(
            db => BudgetLocks.OfAsync(db, [], ids, cancellationToken),
            async db =>
            {
                var slices = await FindAsync(db, request.GatewayId, ids, cancellationToken);
                foreach (var shrink in request.Slices)
                {
                    if (slices.TryGetValue(shrink.SliceId, out var slice))
                    {
                        slice.Delivered = Math.Max(slice.Delivered, shrink.Spent - slice.Duplicated);
                        await ShrinkAsync(db, slice, shrink.Keep - slice.Duplicated, cancellationToken);
                    }
                }

                await store.NotifyAsync(db, Store.SlicesNotice, cancellationToken);
                return List(slices.Values, ids);
            },
            cancellationToken
        );
        returns.Raise();
        return list;
    }

    /// <summary>Renews leases.</summary>
    public async Task<SliceList> RenewAsync(SliceRenewal request, CancellationToken cancellationToken)
    {
        gateways.Saw(request.GatewayId);
        return await store.WriteAsync(
            db => BudgetLocks.OfAsync(db, [], request.SliceIds, cancellationToken),
            async db =>
            {
                var slices = await FindAsync(db, request.GatewayId, request.SliceIds, cancellationToken);
                foreach (var slice in slices.Values)
                {
                    slice.ExpiresAt = LeaseEnd(
                        slice.Day,
                        await Spender.OfAsync(db, slice.KeyId, slice.ModelId, slice.Account, cancellationToken)
                    );
                }

                return List(slices.Values, request.SliceIds);
            },
            cancellationToken
        );
    }

    /// <summary>The slices that a gateway holds.</summary>
    public Task<SliceList> OfGatewayAsync(string gatewayId, CancellationToken cancellationToken) =>
        store.ReadAsync(async db =>
            List(await db.Slices.Where(slice => slice.GatewayId == gatewayId && slice.EndedAt == null).ToListAsync(cancellationToken), [])
        );

    /// <summary>
    /// Takes back the rest of slices that were not renewed and whose grace is over. While this service or its store was down,
    /// nobody could renew. So the grace for renewals and records starts when it can be reached again.
    /// </summary>
    /// <returns>How many ended.</returns>
    public async Task<int> EndExpiredAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var overdue = now - _options.Grace;
        List<Slice> found;
        try
        {
            // Checked during the grace too, or an outage in it would go unnoticed.
            found = await store.ReadAsync(db =>
                db.Slices.Where(slice => slice.EndedAt == null && slice.ExpiresAt < overdue).ToListAsync(cancellationToken)
            );
        }
        catch
        {
            _reachableSince = null;
            throw;
        }

        _reachableSince ??= now;
        if (now < _reachableSince + _options.Grace)
        {
            return 0;
        }

        int ended = 0;
        foreach (var ofKey in found.GroupBy(slice => slice.KeyId, slice => slice.SliceId))
        {
            ended += await store.WriteAsync(
                db => BudgetLocks.OfAsync(db, [], ofKey, cancellationToken),
                async db =>
                {
                    var slices = await db
                        .Slices.Where(slice => ofKey.Contains(slice.SliceId) && slice.EndedAt == null && slice.ExpiresAt < overdue)
                        .ToListAsync(cancellationToken);
                    var returning = slices.Where(slice => slice.Returnable > 0 || slice.Unspent == 0).ToList();
                    foreach (var slice in returning)
                    {
                        // What its gateway reported as delivered stays charged, however late its records arrive.
                        await ShrinkAsync(db, slice, slice.Delivered, cancellationToken);
                    }

                    return returning.Count;
                },
                cancellationToken
            );
        }

        if (ended > 0)
        {
            telemetry.SlicesExpired(ended);
            returns.Raise();
        }

        return ended;
    }

    private static void Check(SliceRequest request)
    {
        if (request.GatewayId.Length == 0 || request.KeyId.Length == 0)
        {
            throw PricingRefusals.Invalid("gateway_id and key_id must be given.");
        }

        if (request.Needed < 0 || request.Wanted < request.Needed)
        {
            throw PricingRefusals.Invalid(
                $"needed must not be negative, and wanted must not be less than needed; they are {request.Needed} and {request.Wanted}."
            );
        }

        if (request.WaitSeconds is not >= 0)
        {
            throw PricingRefusals.Invalid("wait_seconds must not be negative.");
        }
    }

    private Task<SliceAnswer> TryAsync(SliceRequest request, CancellationToken cancellationToken) =>
        changes.WriteAsync(
            db => BudgetLocks.OfAsync(db, [request.KeyId], [], cancellationToken),
            async db =>
            {
                var now = time.GetUtcNow();
                if (
                    request.RequestId is { } requestId
                    && await db.Slices.SingleOrDefaultAsync(
                        slice => slice.GatewayId == request.GatewayId && slice.RequestId == requestId,
                        cancellationToken
                    )
                        is { } before
                )
                {
                    return (await RepeatAsync(db, before, cancellationToken), Change.Nothing);
                }

                var key = await db.Keys.FindAsync([request.KeyId], cancellationToken);
                if (key is null || !key.IsValidAt(now))
                {
                    return (new(SliceOutcome.NoSuchKey, null, null, null, null, null), Change.Nothing);
                }

                var spender = await Spender.OfAsync(db, key.KeyId, request.ModelId, lentBy: null, cancellationToken);
                var day = BudgetAccount.DayOf(now);
                var accounts = await SpenderAccounts.OpenAsync(db, spender, day, cancellationToken);
                if (accounts.Left is not { } left)
                {
                    return (new(SliceOutcome.Unlimited, null, null, null, null, null), Change.Nothing);
                }

                var lent = db.Slices.Where(slice =>
                    slice.EndedAt == null && (slice.KeyId == key.KeyId || (spender.Account != null && slice.Account == spender.Account))
                );
                if (accounts.ShortOf(request.Needed) is { } @short)
                {
                    var slices = await lent.ToListAsync(cancellationToken);
                    if (accounts.ShortForGoodOf(request.Needed, slices) is { } exhausted)
                    {
                        notices.Exhausted(db, accounts, request.Needed, slices);
                        return (new(SliceOutcome.Exhausted, null, left, accounts.Held, exhausted, null), Change.Nothing);
                    }

                    int recalled = SliceRecalls.Recall(accounts.Holding(request.Needed, slices), now);
                    telemetry.SlicesRecalled(recalled);
                    return (
                        new(SliceOutcome.Held, null, left, accounts.Held, @short, RetryAfterSeconds),
                        recalled > 0 ? Change.Recall : Change.Nothing
                    );
                }

                int holders = await lent.Where(slice => slice.GatewayId != request.GatewayId)
                    .Select(slice => slice.GatewayId)
                    .Distinct()
                    .CountAsync(cancellationToken);
                decimal share = Math.Round(
                    left / (Fairness * Math.Max(holders + 1, gateways.Count)),
                    Contracts.Prices.Cost.Scale,
                    MidpointRounding.ToZero
                );
                decimal amount = Math.Max(request.Needed, Math.Min(request.Wanted, share));
                decimal elsewhere = accounts.Held;
                accounts.Hold(amount);
                var slice = new Slice
                {
                    SliceId = Guid.CreateVersion7().ToString("N"),
                    KeyId = key.KeyId,
                    ModelId = spender.ModelId,
                    Account = spender.Account,
                    GatewayId = request.GatewayId,
                    RequestId = request.RequestId,
                    Day = day,
                    Granted = amount,
                    Amount = amount,
                    GrantedAt = now,
                    ExpiresAt = LeaseEnd(day, spender),
                };
                db.Slices.Add(slice);
                return (new SliceAnswer(SliceOutcome.Granted, slice.ToContract(now), left - amount, elsewhere, null, null), Change.Nothing);
            },
            cancellationToken
        );

    // The gateway did not receive the answer to its first request. The slice has waited for it, but not beyond its end.
    private async Task<SliceAnswer> RepeatAsync(PricingDb db, Slice slice, CancellationToken cancellationToken)
    {
        if (slice.EndedAt is not null)
        {
            return new(SliceOutcome.Held, null, null, null, null, RetryAfterSeconds);
        }

        slice.ExpiresAt = LeaseEnd(slice.Day, await Spender.OfAsync(db, slice.KeyId, slice.ModelId, slice.Account, cancellationToken));
        return new(SliceOutcome.Granted, slice.ToContract(time.GetUtcNow()), null, null, null, null);
    }

    private async Task ShrinkAsync(PricingDb db, Slice slice, decimal keep, CancellationToken cancellationToken)
    {
        decimal amount = Math.Max(slice.Spent, Math.Min(slice.Amount, keep));
        if (amount < slice.Amount)
        {
            var accounts = await SpenderAccounts.OfSliceAsync(db, slice, cancellationToken);
            accounts.Hold(amount - slice.Amount);
            slice.Amount = amount;
        }

        if (slice.Unspent == 0)
        {
            slice.EndedAt = time.GetUtcNow();
        }
    }

    /// <summary>A slice of a day's or month's budget must not be spent in the next one.</summary>
    private DateTimeOffset LeaseEnd(DateOnly day, Spender spender)
    {
        var end = time.GetUtcNow() + _options.Lease;
        var midnight = new DateTimeOffset(day.AddDays(1), TimeOnly.MinValue, TimeSpan.Zero);
        return !spender.IsPeriodic || end < midnight ? end : midnight;
    }

    private static Task<Dictionary<string, Slice>> FindAsync(
        PricingDb db,
        string gatewayId,
        IReadOnlyList<string> ids,
        CancellationToken cancellationToken
    ) =>
        db
            .Slices.Where(slice => slice.GatewayId == gatewayId && slice.EndedAt == null && ids.Contains(slice.SliceId))
            .ToDictionaryAsync(slice => slice.SliceId, cancellationToken);

    private SliceList List(IEnumerable<Slice> slices, IReadOnlyList<string> named)
    {
        var now = time.GetUtcNow();
        var live = slices.Where(slice => slice.EndedAt is null).OrderBy(slice => slice.SliceId, StringComparer.Ordinal).ToList();
        return new(
            [.. live.Select(slice => slice.ToContract(now))],
            [.. named.Except(live.Select(slice => slice.SliceId), StringComparer.Ordinal)]
        );
    }
}
