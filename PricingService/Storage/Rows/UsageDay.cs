namespace ImageToText.PricingService.Storage.Rows;

/// <summary>Sums of the ledger for one day.</summary>
internal sealed class UsageDay : UsageSums
{
    public DateOnly Day { get; set; }
}
