using System.ComponentModel.DataAnnotations;

namespace ImageToText.Gateway.Billing.Journal;

/// <summary>The journal of usage records on disk: <c>Gateway:Journal</c>.</summary>
public sealed class JournalOptions
{
    /// <summary>The pricing service accepts no more at once.</summary>
    private const int MostBatchRecords = 1_000;

    /// <summary>The folder; null: <c>usage</c> in the gateway's data folder. No two gateways may share one.</summary>
    public string? Directory { get; set; }

    /// <summary>What a record must survive before its answer is sent.</summary>
    public JournalDurability Durability { get; set; } = JournalDurability.Disk;

    /// <summary>The size in bytes at which a new file starts, so that shipped ones can be deleted.</summary>
    [Range(4096, 1 << 30)]
    public long SegmentBytes { get; set; } = 8 * 1024 * 1024;

    /// <summary>The most records sent to the ledger at once.</summary>
    [Range(1, MostBatchRecords)]
    public int BatchRecords { get; set; } = 500;

    /// <summary>How long records may collect before they are sent.</summary>
    public TimeSpan ShipEvery { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest pause between two attempts while the pricing service can't be reached.</summary>
    public TimeSpan RetryAtMost { get; set; } = TimeSpan.FromSeconds(5);
}

/// <summary>What a usage record must survive before its answer is sent.</summary>
public enum JournalDurability
{
    /// <summary>It is on disk (one fsync for all waiting records), so it survives a power cut.</summary>
    Disk,

    /// <summary>The operating system has it, so it survives the end of the process, but not of the machine.</summary>
    OperatingSystem,
}
