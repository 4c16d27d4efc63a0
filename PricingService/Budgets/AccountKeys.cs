using ImageToText.PricingService.Storage;
using Microsoft.EntityFrameworkCore;

namespace ImageToText.PricingService.Budgets;

/// <summary>Which keys belong to an account.</summary>
internal static class AccountKeys
{
    /// <summary>The ids of the account's keys, revoked ones too.</summary>
    public static async Task<List<string>> OfAsync(PricingDb db, string account, CancellationToken cancellationToken)
    {
        var keys = await db.Keys.AsNoTracking().OrderBy(key => key.KeyId).ToListAsync(cancellationToken);
        return [.. keys.Where(key => key.Settings.Account == account).Select(key => key.KeyId)];
    }
}
