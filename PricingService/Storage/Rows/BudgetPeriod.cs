namespace ImageToText.PricingService.Storage.Rows;

/// <summary>What was spent of one budget in one day, one month or in total, and how much of it gateways hold.</summary>
internal sealed class BudgetPeriod
{
    /// <summary>The <see cref="Period"/> for a budget's whole life.</summary>
    public const string Whole = "total";

    /// <summary>Whose budget: a key's id, or a name with a colon for that of an account or of a model within a key.</summary>
    public required string KeyId { get; set; }

    /// <summary><c>2026-11-23</c>, <c>2026-11</c> or <see cref="Whole"/>; UTC.</summary>
    public required string Period { get; set; }

    /// <summary>USD charged.</summary>
    public decimal Charged { get; set; }

    /// <summary>USD in slices that have not ended, minus what was charged against them.</summary>
    public decimal Held { get; set; }

    /// <summary>The highest share of the limit, in percent, that the webhook has been told of; 0: none.</summary>
    public int Noticed { get; set; }
}
