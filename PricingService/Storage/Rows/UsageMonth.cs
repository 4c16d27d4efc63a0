using System.Diagnostics.CodeAnalysis;

namespace ImageToText.PricingService.Storage.Rows;

/// <summary>Sums of the ledger for one month, so that reports on months and years need not read every day.</summary>
internal sealed class UsageMonth : UsageSums
{
    public UsageMonth() { }

    /// <summary>The sum that a record counts in, with nothing in it yet.</summary>
    [SetsRequiredMembers]
    public UsageMonth(LedgerRow row)
        : base(row)
    {
        KeyId = row.KeyId;
        Month = Of(row.Day);
    }

    /// <summary>The month's first day.</summary>
    public DateOnly Month { get; set; }

    /// <summary>The month of a day.</summary>
    public static DateOnly Of(DateOnly day) => new(day.Year, day.Month, 1);
}
