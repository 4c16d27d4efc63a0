namespace ImageToText.Gateway.Jobs.Storage.Rows;

/// <summary>The result of one item. An item without a row has none yet.</summary>
internal sealed class JobItem
{
    public required string JobId { get; set; }

    /// <summary>The item's place in the job, from 0.</summary>
    public int Index { get; set; }

    /// <summary>Whether it goes into the output file; otherwise it goes into the error file.</summary>
    public bool Succeeded { get; set; }

    /// <summary>Why it failed, as a code; null: it did not. If it succeeded, why its text file isn't written yet.</summary>
    public string? Code { get; set; }

    /// <summary>Whether it has its caption, but not yet the text file beside its picture. Such an item has not ended.</summary>
    public bool IsUnwritten => Succeeded && Code is not null;

    public decimal CostUsd { get; set; }

    /// <summary>Its line in the output or error file.</summary>
    public required string Line { get; set; }

    /// <summary>When it ended; seconds since 1970.</summary>
    public long EndedAt { get; set; }
}
