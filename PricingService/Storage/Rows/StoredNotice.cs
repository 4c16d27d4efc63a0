namespace ImageToText.PricingService.Storage.Rows;

/// <summary>A notice that is on its way to the webhook. It is written with what it tells of, and deleted once it has arrived.</summary>
internal sealed class StoredNotice
{
    public required string NoticeId { get; set; }

    /// <summary>The body as it is sent, so that its signature covers the same bytes each time.</summary>
    public required string Body { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>When it is sent next; while it is being sent, when another replica may try.</summary>
    public DateTimeOffset DueAt { get; set; }

    public int Attempts { get; set; }
}
