namespace ImageToText.PricingService.Storage.Rows;

/// <summary>
/// A file that holds the ledger's oldest records in place of the table. The database lets exactly these records go.
/// </summary>
internal sealed class LedgerArchive
{
    public long FirstSequence { get; set; }

    public long LastSequence { get; set; }

    /// <summary>The file's name in the archive's folder.</summary>
    public required string File { get; set; }

    /// <summary>SHA-256 of the file, in hexadecimal digits.</summary>
    public required string Sha256 { get; set; }

    public long Records { get; set; }

    public decimal CostUsd { get; set; }

    public decimal ChargedUsd { get; set; }

    public DateTimeOffset ArchivedAt { get; set; }
}
