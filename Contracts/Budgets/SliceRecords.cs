using System.Text.Json.Serialization;

namespace ImageToText.Contracts.Budgets;

/// <summary>
/// A part of a key's budget lent to one gateway. The gateway reserves, spends and settles against it without asking, until the lease
/// ends; it must not reserve against it any more then.
/// </summary>
/// <param name="SliceId">Its id; usage records name it.</param>
/// <param name="KeyId">The key.</param>
/// <param name="GatewayId">The gateway.</param>
/// <param name="Amount">USD in it: what has been spent from it and what may still be.</param>
/// <param name="Spent">Of it spent by records that have reached the ledger.</param>
/// <param name="LeaseSeconds">Length of the lease, counted from when it was asked for: no clock needs to agree with another.</param>
/// <param name="ExpiresAt">When it ends unless renewed, by the pricing service's clock.</param>
public sealed record BudgetSlice(
    string SliceId,
    string KeyId,
    string GatewayId,
    decimal Amount,
    decimal Spent,
    double LeaseSeconds,
    DateTimeOffset ExpiresAt
);

/// <summary>Body of <c>POST /budgets/slices</c>.</summary>
/// <param name="GatewayId">The gateway.</param>
/// <param name="KeyId">The key.</param>
/// <param name="Needed">The least that helps, in USD: the cost of the request at hand. Granted whole or not at all.</param>
/// <param name="Wanted">What would be convenient, in USD; less may be granted, the less the nearer the budget's end.</param>
/// <param name="WaitSeconds">How long to wait while what is left lies unspent with other gateways and is called back.</param>
/// <param name="RequestId">Makes repeating the call harmless: the same id gets the same slice.</param>
public sealed record SliceRequest(
    string GatewayId,
    string KeyId,
    decimal Needed,
    decimal Wanted,
    double WaitSeconds = 2,
    string? RequestId = null
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
    /// What is left does not cover the need, nor does anything that may still come back: 402. So it stays until the key is changed or
    /// another day begins.
    /// </summary>
    Exhausted,

    /// <summary>What is left lies with other gateways and has not come back in time: 429, to be tried again.</summary>
    Held,

    /// <summary>There is no such key, or it is revoked or expired: 401.</summary>
    NoSuchKey,
}

/// <summary>Answer of <c>POST /budgets/slices</c>.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Slice">The slice, where granted.</param>
/// <param name="Left">USD of budget that could still be granted.</param>
/// <param name="HeldElsewhere">USD that lies in slices of gateways.</param>
/// <param name="Limit">Which limit was short: <c>day</c>, <c>month</c> or <c>total</c>.</param>
/// <param name="RetryAfterSeconds">When asking again may help.</param>
public sealed record SliceAnswer(
    SliceOutcome Outcome,
    BudgetSlice? Slice,
    decimal? Left,
    decimal? HeldElsewhere,
    string? Limit,
    double? RetryAfterSeconds
);

/// <summary>Shrinks a slice: the rest goes back to the budget. Repeating it is harmless, since it names what stays.</summary>
/// <param name="SliceId">The slice.</param>
/// <param name="Keep">USD that stay: everything spent from it so far (shipped or not) and everything reserved. Keep of nothing more than what was spent closes it.</param>
/// <param name="Spent">
/// Of them spent on captions that were delivered, whether their records have reached the ledger or not. Nobody needs to wait for it to
/// come back.
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

/// <summary>Slices of a gateway as they stand: answer to shrinking, renewing and <c>GET /budgets/slices?gateway_id</c>.</summary>
/// <param name="Slices">Those in force.</param>
/// <param name="Gone">Of those named, the ids that have ended: nothing may be reserved against them any more.</param>
public sealed record SliceList(IReadOnlyList<BudgetSlice> Slices, IReadOnlyList<string> Gone);

/// <summary>The unreserved rest of a slice is wanted elsewhere.</summary>
/// <param name="SliceId">The slice.</param>
/// <param name="KeyId">Its key.</param>
public sealed record SliceRecall(string SliceId, string KeyId);
