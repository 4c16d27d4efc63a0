using ImageToText.Contracts.Ledger;

namespace ImageToText.Gateway.Billing;

/// <summary>Makes a charge final: writes it to the journal and spends what was reserved for it.</summary>
internal sealed partial class Settlement(UsageJournal journal, GatewayIdentity identity, TimeProvider time, ILogger<Settlement> logger)
{
    /// <summary>Settles the charge of a caption. Returns when its record is durable.</summary>
    /// <exception cref="IOException">The disk failed, so nothing is charged.</exception>
    public async Task SettleAsync(Charge charge, Reservation reservation, DeliveredCaption caption)
    {
        await journal.AddAsync(RecordOf(charge, reservation, caption));
        reservation.Settle(charge.CostUsd);
    }

    /// <summary>Adds the tokens of a caption that was settled before they were known. Returns when the record is durable.</summary>
    /// <exception cref="IOException">The disk failed; the charge stands.</exception>
    public Task CompleteAsync(Charge charge, Reservation reservation, DeliveredCaption caption) =>
        journal.AddAsync(
            RecordOf(charge, reservation, caption) with
            {
                RequestId = caption.RequestId + "-completion",
                Corrects = caption.RequestId,
                Pixels = 0,
                CostUsd = 0,
            }
        );

    /// <summary>Takes back the charge of a caption that was settled and then broken off by our side.</summary>
    public async Task TakeBackAsync(Charge charge, Reservation reservation, DeliveredCaption caption)
    {
        try
        {
            reservation.TakeBack();
            await journal.AddAsync(
                RecordOf(charge, reservation, caption) with
                {
                    RequestId = UsageRecord.ReversalOf(caption.RequestId),
                    Corrects = caption.RequestId,
                    Pixels = -charge.Pixels,
                    CostUsd = -charge.CostUsd,
                }
            );
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException)
        {
            Log.NotTakenBack(logger, caption.RequestId, failure.Message);
        }
    }

    private UsageRecord RecordOf(Charge charge, Reservation reservation, DeliveredCaption caption) =>
        new(
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
        );

    private static partial class Log
    {
        [LoggerMessage(
            2405,
            LogLevel.Error,
            "The charge of request {RequestId}, whose stream broke here, could not be taken back; take it back by hand: {Reason}"
        )]
        public static partial void NotTakenBack(ILogger logger, string requestId, string reason);
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
