using ImageToText.PricingService.Storage.Rows;

namespace ImageToText.PricingService.Budgets;

/// <summary>Whose budget it is: a key's, one for a model within a key, or an account's over all its keys.</summary>
/// <param name="Account">The account; null: the budget is not an account's.</param>
/// <param name="KeyId">The key; null: the budget is an account's.</param>
/// <param name="ModelId">The model within the key; null: all of them.</param>
internal sealed record BudgetOwner(string? Account, string? KeyId, string? ModelId)
{
    /// <summary>The <see cref="Scope"/> of a key's own budget.</summary>
    public const string KeyScope = "key";

    private const string AccountPrefix = "account:";
    private const string ModelPrefix = "model:";

    /// <summary>What notices and measurements call it.</summary>
    public string Scope =>
        Account is not null ? "account"
        : ModelId is not null ? "model"
        : KeyScope;

    /// <summary>The id of its rows (<see cref="BudgetPeriod.KeyId"/>). Ids of keys have no colon.</summary>
    public string RowId =>
        Account is not null ? AccountPrefix + Account
        : ModelId is not null ? $"{ModelPrefix}{KeyId}:{ModelId}"
        : KeyId!;

    public static BudgetOwner OfKey(string keyId) => new(null, keyId, null);

    public static BudgetOwner OfModel(string keyId, string modelId) => new(null, keyId, modelId);

    public static BudgetOwner OfAccount(string account) => new(account, null, null);

    /// <summary>The owner with this <see cref="RowId"/>.</summary>
    public static BudgetOwner Parse(string rowId)
    {
        if (rowId.StartsWith(AccountPrefix, StringComparison.Ordinal))
        {
            return OfAccount(rowId[AccountPrefix.Length..]);
        }

        return rowId.StartsWith(ModelPrefix, StringComparison.Ordinal) && rowId.IndexOf(':', ModelPrefix.Length) is > 0 and var colon
            ? OfModel(rowId[ModelPrefix.Length..colon], rowId[(colon + 1)..])
            : OfKey(rowId);
    }

    /// <summary>The owners of the other budgets that a slice is part of besides its key's.</summary>
    public static IEnumerable<BudgetOwner> OfSlice(Slice slice)
    {
        if (slice.ModelId is { } modelId)
        {
            yield return OfModel(slice.KeyId, modelId);
        }

        if (slice.Account is { } account)
        {
            yield return OfAccount(account);
        }
    }

    /// <summary>Whether what a slice holds is part of this budget.</summary>
    public bool Covers(Slice slice) =>
        Account is not null ? slice.Account == Account : slice.KeyId == KeyId && (ModelId is null || slice.ModelId == ModelId);
}
