namespace ImageToText.PricingService.Storage.Rows;

/// <summary>What one key has spent in one day, one month or in total, and how much of it gateways hold.</summary>
internal sealed class BudgetPeriod
{
    /// <summary>The <see cref="Period"/> for a key's whole life.</summary>
    public const string Whole = "total";

    public required string KeyId { get; set; }

    /// <summary><c>2026-11-23</c>, <c>2026-11</c> or <see cref="Whole"/>; UTC.</summary>
    public required string Period { get; set; }

    /// <summary>USD charged.</summary>
    public decimal Charged { get; set; }

    /// <summary>USD in slices that have not ended, minus what was charged against them.</summary>
    public decimal Held { get; set; }
}
