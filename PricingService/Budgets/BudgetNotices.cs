using ImageToText.Contracts;
using ImageToText.Contracts.Budgets;
using ImageToText.PricingService.Storage;
using ImageToText.PricingService.Storage.Rows;
using ImageToText.PricingService.Webhooks;
using Microsoft.Extensions.Options;

namespace ImageToText.PricingService.Budgets;

/// <summary>
/// Writes a notice for the webhook when 80 % or 100 % of a budget is spent, once each in a period. It is part of the transaction
/// that spends, so no notice is lost and none is untrue.
/// </summary>
internal sealed class BudgetNotices(IOptions<WebhookOptions> options, TimeProvider time)
{
    private const string Type = "budget.threshold";
    private const int Nearly = 80;
    private const int Whole = 100;

    /// <summary>Something was charged.</summary>
    public void Charged(PricingDb db, SpenderAccounts accounts)
    {
        foreach (var account in accounts.All)
        {
            Charged(db, account);
        }
    }

    /// <summary>A limit was changed, so that its notices are due anew; what is spent already counts at once.</summary>
    public void Changed(PricingDb db, BudgetAccount account)
    {
        account.Begin();
        foreach (var period in account.Periods)
        {
            period.Row.Noticed = 0;
        }

        Charged(db, account);
    }

    /// <summary>
    /// A caption was refused because a budget does not cover it. What is left of a budget is nearly always a bit less than a caption
    /// costs, so this is its end; but not if the caption costs more than the last fifth.
    /// </summary>
    public void Exhausted(PricingDb db, SpenderAccounts accounts, decimal needed, IReadOnlyCollection<Slice> slices)
    {
        foreach (var account in accounts.All)
        {
            foreach (var period in account.Periods)
            {
                decimal committed = account.Committed(period, slices);
                if (period.Limit is { } limit && committed + needed > limit && ShareOf(limit, committed) > 0)
                {
                    account.Begin();
                    Note(db, account.Owner, period, Whole);
                }
            }
        }
    }

    private static int ShareOf(decimal limit, decimal spent) =>
        spent <= 0 ? 0
        : spent >= limit ? Whole
        // Not multiplied: a limit may have as many digits as a decimal holds.
        : spent / limit >= Nearly / 100m ? Nearly
        : 0;

    private void Charged(PricingDb db, BudgetAccount account)
    {
        foreach (var period in account.Periods)
        {
            if (period.Limit is { } limit)
            {
                Note(db, account.Owner, period, ShareOf(limit, period.Row.Charged));
            }
        }
    }

    private void Note(PricingDb db, BudgetOwner owner, LimitedPeriod period, int reached)
    {
        if (!options.Value.IsUsed)
        {
            return;
        }

        var now = time.GetUtcNow();
        foreach (int share in (int[])[Nearly, Whole])
        {
            if (share <= reached && share > period.Row.Noticed)
            {
                period.Row.Noticed = share;
                string id = $"msg_{Guid.CreateVersion7(now):N}";
                var notice = new BudgetNotice(
                    id,
                    Type,
                    now,
                    share,
                    owner.Scope,
                    owner.KeyId,
                    owner.ModelId,
                    owner.Account,
                    period.Name,
                    period.Row.Period,
                    period.Limit!.Value,
                    period.Row.Charged
                );
                db.Notices.Add(
                    new()
                    {
                        NoticeId = id,
                        Body = StoredJson.Write(notice, ContractsJson.Default.BudgetNotice)!,
                        CreatedAt = now,
                        DueAt = now,
                    }
                );
            }
        }
    }
}
