using ImageToText.Contracts.Budgets;

namespace ImageToText.PricingService.Storage.Rows;

/// <summary>A slice of a key's budget, as stored.</summary>
internal sealed class Slice
{
    public required string SliceId { get; set; }

    public required string KeyId { get; set; }

    /// <summary>The only model that it may be spent on, because the key has a budget for it.</summary>
    public string? ModelId { get; set; }

    /// <summary>The account whose budget it is part of, too.</summary>
    public string? Account { get; set; }

    public required string GatewayId { get; set; }

    public string? RequestId { get; set; }

    /// <summary>The day whose budget it belongs to.</summary>
    public DateOnly Day { get; set; }

    /// <summary>USD at the beginning.</summary>
    public decimal Granted { get; set; }

    /// <summary>USD now: spent, and still to be spent.</summary>
    public decimal Amount { get; set; }

    /// <summary>USD charged against it.</summary>
    public decimal Spent { get; set; }

    /// <summary>USD that its gateway has reported as spent, including records that have not arrived yet.</summary>
    public decimal Delivered { get; set; }

    /// <summary>
    /// USD of its captions that another slice has paid for, given back already; its gateway counts them as spent from it.
    /// </summary>
    public decimal Duplicated { get; set; }

    public DateTimeOffset GrantedAt { get; set; }

    public DateTimeOffset ExpiresAt { get; set; }

    /// <summary>Since when its rest is wanted elsewhere.</summary>
    public DateTimeOffset? RecalledAt { get; set; }

    /// <summary>Since when nothing is left in it.</summary>
    public DateTimeOffset? EndedAt { get; set; }

    public decimal Unspent => Amount - Spent;

    /// <summary>What may still come back from it. The rest of <see cref="Unspent"/> is only waiting for its records.</summary>
    public decimal Returnable => Math.Max(0, Amount - Math.Max(Spent, Delivered));

    public BudgetSlice ToContract(DateTimeOffset now) =>
        new(SliceId, KeyId, GatewayId, Amount, Spent, Math.Max(0, (ExpiresAt - now).TotalSeconds), ExpiresAt, ModelId);
}
