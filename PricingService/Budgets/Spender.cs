using ImageToText.Contracts.Accounts;
using ImageToText.PricingService.Storage;

namespace ImageToText.PricingService.Budgets;

/// <summary>Who pays for a caption: a key, for a model, on an account; with the budgets that this counts against.</summary>
/// <param name="KeyId">The key.</param>
/// <param name="ModelId">The model; null: none that the key has a budget for.</param>
/// <param name="Account">The account; null: none.</param>
/// <param name="OfKey">The key's budget; null: no limit.</param>
/// <param name="OfModel">The key's budget for the model; null: no limit.</param>
/// <param name="OfAccount">The account's budget; null: no limit.</param>
internal sealed record Spender(string KeyId, string? ModelId, string? Account, Budget? OfKey, Budget? OfModel, Budget? OfAccount)
{
    /// <summary>Whether any limit begins anew with a day or month.</summary>
    public bool IsPeriodic => IsPeriodicBudget(OfKey) || IsPeriodicBudget(OfModel) || IsPeriodicBudget(OfAccount);

    /// <summary>A key that spends on a model, with its budgets in force.</summary>
    /// <param name="db">The transaction.</param>
    /// <param name="keyId">The key; one that does not exist, as for callers without one, has no limits.</param>
    /// <param name="modelId">The model; null: none that the key has a budget for.</param>
    /// <param name="lentBy">The account that lent the slice it spends from; null: the key's account.</param>
    /// <param name="cancellationToken">Stops the reads.</param>
    public static async Task<Spender> OfAsync(
        PricingDb db,
        string keyId,
        string? modelId,
        string? lentBy,
        CancellationToken cancellationToken
    )
    {
        var settings = (await db.Keys.FindAsync([keyId], cancellationToken))?.Settings;
        string? account = lentBy ?? settings?.Account;
        return new(
            keyId,
            modelId,
            account,
            settings?.Budget,
            modelId is null ? null : settings?.ModelBudgets?.GetValueOrDefault(modelId),
            account is null ? null : (await db.Accounts.FindAsync([account], cancellationToken))?.Budget
        );
    }

    private static bool IsPeriodicBudget(Budget? budget) => budget is { PerDay: not null } or { PerMonth: not null };
}
