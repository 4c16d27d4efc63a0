using System.Text.Json.Serialization;

namespace ImageToText.Contracts.Budgets;

/// <summary>
/// A part of a key's budget that is lent to one gateway. The gateway reserves, spends and settles against it without asking,
/// until the lease ends. After that it must not reserve against it.
/// </summary>
/// <param name="SliceId">Its id; usage records name it.</param>
/// <param name="KeyId">The key.</param>
/// <param name="GatewayId">The gateway.</param>
/// <param name="Amount">USD in it: what has been spent from it, plus what may still be spent.</param>
/// <param name="Spent">The part that was spent by records that have reached the ledger.</param>
/// <param name="LeaseSeconds">Length of the lease, counted from the request, so that clocks need not agree.</param>
/// <param name="ExpiresAt">When it ends unless renewed, by the pricing service's clock.</param>
/// <param name="ModelId">The only model that it may be spent on, if the key has a budget for it; null: any other.</param>
public sealed record BudgetSlice(
    string SliceId,
    string KeyId,
    string GatewayId,
    decimal Amount,
    decimal Spent,
    double LeaseSeconds,
    DateTimeOffset ExpiresAt,
    string? ModelId = null
);

/// <summary>Body of <c>POST /budgets/slices</c>.</summary>
/// <param name="GatewayId">The gateway.</param>
/// <param name="KeyId">The key.</param>
/// <param name="Needed">The least that helps, in USD: the cost of the request at hand. It is granted whole or not at all.</param>
/// <param name="Wanted">How much would be convenient, in USD. Less may be granted, especially near the budget's end.</param>
/// <param name="WaitSeconds">How long to wait while the rest is unspent at other gateways and is recalled.</param>
/// <param name="RequestId">Makes a retry harmless: the same id gets the same slice.</param>
/// <param name="ModelId">The model, if the key has a budget for it; null: a model without one.</param>
public sealed record SliceRequest(
    string GatewayId,
    string KeyId,
    decimal Needed,
    decimal Wanted,
    double WaitSeconds = 2,
    string? RequestId = null,
    string? ModelId = null
);

/// <summary>How a slice request ended.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<SliceOutcome>))]
public enum SliceOutcome
{
    /// <summary>A slice was granted.</summary>
    Granted,

    /// <summary>The key has no budget limit: no slice is needed.</summary>
    Unlimited,

    /// <summary>
    /// Neither what is left nor what may still come back covers the need: 402. This holds until the key changes or another day
    /// begins.
    /// </summary>
    Exhausted,

    /// <summary>What is left is at other gateways and has not come back in time: 429; try again.</summary>
    Held,

    /// <summary>The key does not exist, or is revoked or expired: 401.</summary>
    NoSuchKey,
}

/// <summary>Answer of <c>POST /budgets/slices</c>.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Slice">The slice, if granted.</param>
/// <param name="Left">USD of budget that could still be granted.</param>
/// <param name="HeldElsewhere">USD in other gateways' slices.</param>
/// <param name="Limit">
/// Which limit was too low: <c>day</c>, <c>month</c> or <c>total</c>, after <c>model_</c> or <c>account_</c> if it is not the key's.
/// </param>
/// <param name="RetryAfterSeconds">When asking again may help.</param>
public sealed record SliceAnswer(
    SliceOutcome Outcome,
    BudgetSlice? Slice,
    decimal? Left,
    decimal? HeldElsewhere,
    string? Limit,
    double? RetryAfterSeconds
);

/// <summary>Shrinks a slice; the rest returns to the budget. A retry is harmless, because the request names what stays.</summary>
/// <param name="SliceId">The slice.</param>
/// <param name="Keep">
/// USD that stay: everything spent from it so far (shipped or not) and everything reserved. To keep no more than was spent closes
/// the slice.
/// </param>
/// <param name="Spent">
/// The part spent on captions that were delivered, whether their records have reached the ledger or not. Nobody needs to wait for
/// it to come back.
/// </param>
public sealed record SliceShrink(string SliceId, decimal Keep, decimal Spent = 0);

/// <summary>Body of <c>POST /budgets/slices/shrink</c>.</summary>
/// <param name="GatewayId">The gateway.</param>
/// <param name="Slices">The slices to shrink.</param>
public sealed record SliceShrinkRequest(string GatewayId, IReadOnlyList<SliceShrink> Slices);

/// <summary>Body of <c>POST /budgets/slices/renew</c>.</summary>
/// <param name="GatewayId">The gateway.</param>
/// <param name="SliceIds">The slices it still uses.</param>
public sealed record SliceRenewal(string GatewayId, IReadOnlyList<string> SliceIds);

/// <summary>
/// A gateway's slices as they stand: the answer to shrinking, renewing and <c>GET /budgets/slices?gateway_id</c>.
/// </summary>
/// <param name="Slices">The slices in force.</param>
/// <param name="Gone">Of the slices in the request, those that have ended. Nothing may be reserved against them.</param>
public sealed record SliceList(IReadOnlyList<BudgetSlice> Slices, IReadOnlyList<string> Gone);

/// <summary>Another gateway needs the unreserved rest of a slice.</summary>
/// <param name="SliceId">The slice.</param>
/// <param name="KeyId">Its key.</param>
/// <param name="ModelId">The only model that it may be spent on; null: any without a budget.</param>
public sealed record SliceRecall(string SliceId, string KeyId, string? ModelId = null);
