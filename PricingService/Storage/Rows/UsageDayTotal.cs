namespace ImageToText.PricingService.Storage.Rows;

/// <summary>Sums of the ledger for one day over all keys, so that reports on everybody need not read the days of each key.</summary>
internal sealed class UsageDayTotal : UsageSums
{
    public DateOnly Day { get; set; }
}
