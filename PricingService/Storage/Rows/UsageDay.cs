using System.Diagnostics.CodeAnalysis;

namespace ImageToText.PricingService.Storage.Rows;

/// <summary>Sums of the ledger for one day.</summary>
internal sealed class UsageDay : UsageSums
{
    public UsageDay() { }

    /// <summary>The sum that a record counts in, with nothing in it yet.</summary>
    [SetsRequiredMembers]
    public UsageDay(LedgerRow row)
        : base(row)
    {
        KeyId = row.KeyId;
        Day = row.Day;
    }

    public DateOnly Day { get; set; }
}
