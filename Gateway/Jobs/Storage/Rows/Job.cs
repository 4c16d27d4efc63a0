namespace ImageToText.Gateway.Jobs.Storage.Rows;

/// <summary>A job: many items, each of which gets one result. Times are seconds since 1970.</summary>
internal sealed class Job
{
    public required string JobId { get; set; }

    /// <summary>The key that owns it and pays.</summary>
    public required string KeyId { get; set; }

    /// <summary>The path that each item is sent to.</summary>
    public required string Endpoint { get; set; }

    public required string InputFileId { get; set; }

    /// <summary>The time allowed, as the caller wrote it.</summary>
    public required string CompletionWindow { get; set; }

    /// <summary>What the caller attached, as JSON; null: nothing.</summary>
    public string? MetadataJson { get; set; }

    /// <summary>What it will cost, as JSON; null: a model had no price when it was started.</summary>
    public string? QuoteJson { get; set; }

    /// <summary>What our own API was asked for (<c>NativeAsk</c>), as JSON; null: it is a batch.</summary>
    public string? NativeJson { get; set; }

    /// <summary>The span in which it was started, as a W3C traceparent; null: none.</summary>
    public string? TraceParent { get; set; }

    public JobState State { get; set; }

    /// <summary>The number of items.</summary>
    public int Total { get; set; }

    /// <summary>Items with a result, once the job has ended; before, the items themselves are counted.</summary>
    public int Completed { get; set; }

    /// <summary>Items that failed, once the job has ended.</summary>
    public int Failed { get; set; }

    /// <summary>How many items failed with each code, as JSON, once the job has ended; null: none did.</summary>
    public string? FailuresJson { get; set; }

    /// <summary>What the items cost in USD, once the job has ended.</summary>
    public decimal CostUsd { get; set; }

    public string? OutputFileId { get; set; }

    public string? ErrorFileId { get; set; }

    /// <summary>Why it does not go on at present; null: it does.</summary>
    public string? PauseReason { get; set; }

    public long? PausedAt { get; set; }

    public long CreatedAt { get; set; }

    public long? StartedAt { get; set; }

    public long ExpiresAt { get; set; }

    public long? FinalizingAt { get; set; }

    public long? CancellingAt { get; set; }

    public long? EndedAt { get; set; }

    /// <summary>When its webhook is to be told of its end, or told again; null: it has been, or there is none.</summary>
    public long? WebhookDueAt { get; set; }

    /// <summary>How often the webhook was told.</summary>
    public int WebhookAttempts { get; set; }

    /// <summary>Whether nothing changes any more.</summary>
    public bool HasEnded => State is JobState.Failed or JobState.Completed or JobState.Expired or JobState.Cancelled;
}
