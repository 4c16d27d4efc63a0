using ImageToText.PricingService.Storage;
using ImageToText.PricingService.Storage.Rows;
using Microsoft.EntityFrameworkCore;

namespace ImageToText.PricingService.Budgets;

/// <summary>The locks that a write to budgets needs: those of its keys, and of the accounts that they spend from.</summary>
internal static class BudgetLocks
{
    /// <summary>The locks for what these keys spend, and for what is in these slices.</summary>
    public static async Task<IReadOnlyCollection<string>> OfAsync(
        PricingDb db,
        IEnumerable<string> keyIds,
        IEnumerable<string> sliceIds,
        CancellationToken cancellationToken
    )
    {
        List<string> lent = [.. sliceIds.Distinct(StringComparer.Ordinal)];
        var slices =
            lent.Count == 0
                ? []
                : await db
                    .Slices.Where(slice => lent.Contains(slice.SliceId))
                    .Select(slice => new { slice.KeyId, slice.Account })
                    .ToListAsync(cancellationToken);
        List<string> spending = [.. keyIds.Concat(slices.Select(slice => slice.KeyId)).Distinct(StringComparer.Ordinal)];
        var keys = await db.Keys.Where(key => spending.Contains(key.KeyId)).ToListAsync(cancellationToken);
        var accounts = slices.Select(slice => slice.Account).Concat(keys.Select(key => key.Settings.Account)).OfType<string>();
        return [.. spending.Select(Key.Lock).Concat(accounts.Select(Account.Lock)).Distinct(StringComparer.Ordinal)];
    }
}
