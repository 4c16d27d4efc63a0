using ImageToText.PricingService.Storage;
using ImageToText.PricingService.Storage.Rows;
using Microsoft.EntityFrameworkCore;

namespace ImageToText.PricingService.Budgets;

/// <summary>
/// What was spent before a budget's rows existed, such as under a version without budgets for accounts and models: an account's
/// keys bring what they have spent, a model what the key has spent on it.
/// </summary>
internal static class EarlierSpend
{
    /// <summary>The rows with which the budget begins, not stored yet.</summary>
    public static async Task<List<BudgetPeriod>> OfAsync(PricingDb db, BudgetOwner owner, CancellationToken cancellationToken)
    {
        Dictionary<string, BudgetPeriod> rows = new(StringComparer.Ordinal);
        if (owner.Account is { } account)
        {
            var keys = await AccountKeys.OfAsync(db, account, cancellationToken);
            foreach (
                var spent in await db.BudgetPeriods.AsNoTracking().Where(row => keys.Contains(row.KeyId)).ToListAsync(cancellationToken)
            )
            {
                Add(spent.Period, spent.Charged);
            }
        }
        else if (owner.ModelId is not null)
        {
            foreach (
                var spent in await db
                    .UsageDays.AsNoTracking()
                    .Where(day => day.KeyId == owner.KeyId && day.ModelId == owner.ModelId)
                    .ToListAsync(cancellationToken)
            )
            {
                foreach (string period in BudgetAccount.PeriodsOf(spent.Day))
                {
                    Add(period, spent.ChargedUsd);
                }
            }
        }

        return [.. rows.Values];

        void Add(string period, decimal charged)
        {
            if (!rows.TryGetValue(period, out var row))
            {
                rows[period] = row = new() { KeyId = owner.RowId, Period = period };
            }

            row.Charged += charged;
        }
    }
}
