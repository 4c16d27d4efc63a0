using System.ComponentModel.DataAnnotations;

namespace ImageToText.Gateway.Billing.Journal;

/// <summary>The journal of usage records on disk: <c>Gateway:Journal</c>.</summary>
public sealed class JournalOptions
{
    /// <summary>The pricing service takes no more at once.</summary>
    private const int MostBatchRecords = 1_000;

    /// <summary>The folder; null: <c>usage</c> in the gateway's data folder. No two gateways may share one.</summary>
    public string? Directory { get; set; }

    /// <summary>What a record must have survived before its answer leaves.</summary>
    public JournalDurability Durability { get; set; } = JournalDurability.Disk;

    /// <summary>Bytes after which a new file is begun, so that shipped ones can be deleted.</summary>
    [Range(4096, 1 << 30)]
    public long SegmentBytes { get; set; } = 8 * 1024 * 1024;

    /// <summary>The most records sent to the ledger at once.</summary>
    [Range(1, MostBatchRecords)]
    public int BatchRecords { get; set; } = 500;

    /// <summary>How long records may gather before they are sent.</summary>
    public TimeSpan ShipEvery { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest pause between two tries while the pricing service can't be reached.</summary>
    public TimeSpan RetryAtMost { get; set; } = TimeSpan.FromSeconds(5);
}

/// <summary>What a usage record must have survived before its answer leaves.</summary>
public enum JournalDurability
{
    /// <summary>On the disk (fsync, one for all records that wait): survives a power cut.</summary>
    Disk,

    /// <summary>With the operating system: survives the end of the process, not that of the machine.</summary>
    OperatingSystem,
}
