using System.ComponentModel.DataAnnotations;

namespace ImageToText.Gateway.Billing.Budgets;

/// <summary>How much of a key's budget the gateway holds: <c>Gateway:Budgets</c>.</summary>
public sealed class BudgetSliceOptions
{
    /// <summary>How long a key's slices should last at its present rate, so that an outage of the pricing service goes unnoticed.</summary>
    public TimeSpan Horizon { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>The least to request at once, measured in captions like the current one.</summary>
    [Range(1, 100_000)]
    public int LeastCaptions { get; set; } = 100;

    /// <summary>
    /// How long a request waits for budget that is reserved for captions under way, or that can't be requested because the
    /// pricing service is away, before it gets 429.
    /// </summary>
    public TimeSpan Wait { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a key may be idle before its unspent slices are given back.</summary>
    public TimeSpan Idle { get; set; } = TimeSpan.FromSeconds(60);
}
