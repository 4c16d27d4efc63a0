using ImageToText.Contracts.Ledger;

namespace ImageToText.Gateway.Billing;

/// <summary>Makes a charge final: writes it to the journal and spends what was reserved for it.</summary>
internal sealed class Settlement(UsageJournal journal, GatewayIdentity identity, TimeProvider time)
{
    /// <summary>Settles the charge of a caption. Returns when its record is durable.</summary>
    /// <exception cref="IOException">The disk failed, so nothing is charged.</exception>
    public async Task SettleAsync(Charge charge, Reservation reservation, DeliveredCaption caption)
    {
        await journal.AddAsync(
            new UsageRecord(
                caption.RequestId,
                charge.Key.KeyId,
                identity.Id,
                reservation.SliceId,
                charge.NodeId,
                caption.ModelId,
                caption.ModelRevision,
                time.GetUtcNow(),
                charge.Pixels,
                charge.ChargedPerPixel,
                charge.CostUsd,
                caption.Cache,
                Math.Round(caption.Elapsed.TotalMilliseconds, 3),
                caption.Tokens
            )
        );
        reservation.Settle(charge.CostUsd);
    }
}

/// <summary>What the ledger stores about a caption besides its charge.</summary>
/// <param name="RequestId">The request. The ledger stores each id once.</param>
/// <param name="ModelId">The model that wrote it.</param>
/// <param name="ModelRevision">The model's revision; null: unknown.</param>
/// <param name="Cache">How it was obtained.</param>
/// <param name="Elapsed">The time from admission to its end.</param>
/// <param name="Tokens">Tokens generated for it; null: unknown.</param>
internal sealed record DeliveredCaption(
    string RequestId,
    string ModelId,
    string? ModelRevision,
    CacheOutcome Cache,
    TimeSpan Elapsed,
    int? Tokens
);
