using ImageToText.Contracts.Ledger;

namespace ImageToText.PricingService.Storage.Rows;

/// <summary>A usage record as stored in the ledger; records are only ever added.</summary>
internal sealed class LedgerRow
{
    public long Sequence { get; set; }

    public required string RequestId { get; set; }

    public required string KeyId { get; set; }

    public required string GatewayId { get; set; }

    public string? SliceId { get; set; }

    public string? NodeId { get; set; }

    public required string ModelId { get; set; }

    public string? ModelRevision { get; set; }

    public DateTimeOffset At { get; set; }

    /// <summary>UTC day of <see cref="At"/>; for a correction, the day of what it corrects, so that the two add up there.</summary>
    public DateOnly Day { get; set; }

    public long Pixels { get; set; }

    public decimal UsdPerPixel { get; set; }

    public decimal CostUsd { get; set; }

    public CacheOutcome Cache { get; set; }

    public double DurationMs { get; set; }

    public int? Tokens { get; set; }

    /// <summary>The request whose record it corrects; null: it is a caption's.</summary>
    public string? Corrects { get; set; }

    public decimal ChargedUsd { get; set; }

    /// <summary>The account that it was charged to; null: none, or an older version wrote it.</summary>
    public string? Account { get; set; }

    /// <summary>Whether it was charged against its slice rather than the whole budget.</summary>
    public bool AgainstSlice { get; set; }

    public DateTimeOffset ReceivedAt { get; set; }

    /// <summary>How many captions it adds: one less if it takes a charge back, none if it only adds what was not known.</summary>
    public int Captions =>
        Corrects is null ? 1
        : Pixels < 0 ? -1
        : 0;

    public LedgerEntry ToContract() =>
        new(
            Sequence,
            new(
                RequestId,
                KeyId,
                GatewayId,
                SliceId,
                NodeId,
                ModelId,
                ModelRevision,
                At,
                Pixels,
                UsdPerPixel,
                CostUsd,
                Cache,
                DurationMs,
                Tokens,
                Corrects
            ),
            ChargedUsd,
            ReceivedAt
        );
}
