using System.ComponentModel.DataAnnotations;

namespace ImageToText.PricingService.Ledger;

/// <summary>Where old records of the ledger go: <c>Pricing:Archive</c>.</summary>
internal sealed class LedgerArchiveOptions
{
    public const string Section = "Pricing:Archive";

    /// <summary>The folder of archives; null: the ledger keeps all its records.</summary>
    public string? Folder { get; set; }

    /// <summary>The most records in one file. Records leave the ledger file by file, and settlement waits meanwhile.</summary>
    [Range(1, 1_000_000, ErrorMessage = "give a number from 1 to 1,000,000.")]
    public int RecordsPerFile { get; set; } = 50_000;
}
