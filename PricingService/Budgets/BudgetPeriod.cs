namespace ImageToText.PricingService.Budgets;

/// <summary>What one key has spent in one day, month or in all, and what gateways hold of it.</summary>
internal sealed class BudgetPeriod
{
    /// <summary><see cref="Period"/> of a key's whole life.</summary>
    public const string Whole = "total";

    public required string KeyId { get; set; }

    /// <summary><c>2026-11-23</c>, <c>2026-11</c> or <see cref="Whole"/>; UTC.</summary>
    public required string Period { get; set; }

    /// <summary>USD charged.</summary>
    public decimal Charged { get; set; }

    /// <summary>USD in slices that have not ended, less what was charged against them.</summary>
    public decimal Held { get; set; }
}
