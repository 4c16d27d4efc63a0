namespace ImageToText.PricingService.Storage.Rows;

/// <summary>Sums of the ledger for one month, so that reports on months and years need not read every day.</summary>
internal sealed class UsageMonth : UsageSums
{
    /// <summary>The month's first day.</summary>
    public DateOnly Month { get; set; }

    /// <summary>The month of a day.</summary>
    public static DateOnly Of(DateOnly day) => new(day.Year, day.Month, 1);
}
