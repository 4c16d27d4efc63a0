using System.Diagnostics.CodeAnalysis;

namespace ImageToText.PricingService.Storage.Rows;

/// <summary>Sums of the ledger for one day over all keys, so that reports on everybody need not read the days of each key.</summary>
internal sealed class UsageDayTotal : UsageSums
{
    public UsageDayTotal() { }

    /// <summary>The sum that a record counts in, with nothing in it yet.</summary>
    [SetsRequiredMembers]
    public UsageDayTotal(LedgerRow row)
        : base(row) => Day = row.Day;

    public DateOnly Day { get; set; }
}
