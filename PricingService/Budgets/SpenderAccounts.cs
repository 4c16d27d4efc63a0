using ImageToText.PricingService.Storage;
using ImageToText.PricingService.Storage.Rows;

namespace ImageToText.PricingService.Budgets;

/// <summary>
/// All budgets that a spender's captions count against, within one transaction: the key's, its model's and its account's. Every
/// amount is held or charged in all of them at once, so none of them is ever exceeded.
/// </summary>
internal sealed class SpenderAccounts
{
    private SpenderAccounts(IReadOnlyList<BudgetAccount> all) => All = all;

    /// <summary>The key's budget first.</summary>
    public IReadOnlyList<BudgetAccount> All { get; }

    /// <summary>What may still be granted; null: no limit.</summary>
    public decimal? Left => All.Min(static account => account.Left);

    /// <summary>The total held in the key's slices.</summary>
    public decimal Held => All[0].Held;

    public static async Task<SpenderAccounts> OpenAsync(PricingDb db, Spender spender, DateOnly day, CancellationToken cancellationToken)
    {
        List<BudgetAccount> all =
        [
            await BudgetAccount.OpenAsync(db, BudgetOwner.OfKey(spender.KeyId), spender.OfKey, day, cancellationToken),
        ];
        if (spender.ModelId is { } modelId)
        {
            var owner = BudgetOwner.OfModel(spender.KeyId, modelId);
            all.Add(await BudgetAccount.OpenAsync(db, owner, spender.OfModel, day, cancellationToken));
        }

        if (spender.Account is { } name)
        {
            all.Add(await BudgetAccount.OpenAsync(db, BudgetOwner.OfAccount(name), spender.OfAccount, day, cancellationToken));
        }

        return new(all);
    }

    /// <summary>The budgets that a slice is a part of, without their limits: what comes back needs no room.</summary>
    public static Task<SpenderAccounts> OfSliceAsync(PricingDb db, Slice slice, CancellationToken cancellationToken) =>
        OpenAsync(db, new(slice.KeyId, slice.ModelId, slice.Account, null, null, null), slice.Day, cancellationToken);

    /// <summary>The first limit without room for this amount; null: all have room.</summary>
    public string? ShortOf(decimal amount) => First(account => account.ShortOf(amount));

    /// <summary>The first limit that would lack room for this amount even if everything came back that can; null: none.</summary>
    /// <param name="amount">USD.</param>
    /// <param name="slices">All slices that have not ended and are part of any of these budgets.</param>
    public string? ShortForGoodOf(decimal amount, IReadOnlyCollection<Slice> slices) =>
        First(account => account.ShortForGoodOf(amount, slices));

    /// <summary>Of these slices, those whose rest would help a budget that has no room for this amount.</summary>
    public IEnumerable<Slice> Holding(decimal amount, IEnumerable<Slice> slices)
    {
        var wanting = All.Where(account => account.ShortOf(amount) is not null).ToList();
        return slices.Where(slice => wanting.Exists(account => account.Owner.Covers(slice)));
    }

    /// <summary>Holds an amount, or releases it if negative.</summary>
    public void Hold(decimal amount)
    {
        foreach (var account in All)
        {
            account.Hold(amount);
        }
    }

    /// <summary>Charges an amount.</summary>
    public void Charge(decimal amount)
    {
        foreach (var account in All)
        {
            account.Charge(amount);
        }
    }

    private string? First(Func<BudgetAccount, LimitedPeriod?> find)
    {
        foreach (var account in All)
        {
            if (find(account) is { } period)
            {
                return account.Owner.Scope == BudgetOwner.KeyScope ? period.Name : $"{account.Owner.Scope}_{period.Name}";
            }
        }

        return null;
    }
}
