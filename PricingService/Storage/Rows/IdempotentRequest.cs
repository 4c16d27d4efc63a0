namespace ImageToText.PricingService.Storage.Rows;

/// <summary>A request with an idempotency key: what it asked, as a hash, and its answer. Neither key nor picture is stored.</summary>
internal sealed class IdempotentRequest
{
    public required string KeyId { get; set; }

    /// <summary>Hash of the idempotency key.</summary>
    public required string KeyHash { get; set; }

    /// <summary>Hash of what was asked.</summary>
    public required string Fingerprint { get; set; }

    /// <summary>The first request, under whose id the caption is charged.</summary>
    public required string RequestId { get; set; }

    /// <summary>The request that makes the caption now.</summary>
    public required string Owner { get; set; }

    public long? Seed { get; set; }

    public bool IsPaid { get; set; }

    public string? Answer { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>Until when nobody else makes the caption; in the past: nobody does.</summary>
    public DateTimeOffset ClaimedUntil { get; set; }
}
