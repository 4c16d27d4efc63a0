using ImageToText.Contracts.Ledger;
using ImageToText.Gateway.Errors;
using ImageToText.ServiceDefaults.Files;

namespace ImageToText.Gateway.Billing;

/// <summary>Makes a charge final: writes it to the journal and spends what was reserved for it.</summary>
internal sealed partial class Settlement(UsageJournal journal, GatewayIdentity identity, TimeProvider time, ILogger<Settlement> logger)
{
    private int _isFull;

    /// <summary>Settles the charge of a caption. Returns when its record is durable.</summary>
    /// <exception cref="RefusalException">507: the disk is full, so nothing is charged.</exception>
    /// <exception cref="IOException">The disk failed in another way, so nothing is charged.</exception>
    public async Task SettleAsync(Charge charge, Reservation reservation, DeliveredCaption caption)
    {
        await AddAsync(RecordOf(charge, reservation, caption));
        reservation.Settle(charge.CostUsd);
    }

    /// <summary>Adds the tokens of a caption that was settled before they were known. Returns when the record is durable.</summary>
    /// <exception cref="IOException">The disk failed; the charge stands.</exception>
    public async Task CompleteAsync(Charge charge, Reservation reservation, DeliveredCaption caption)
    {
        try
        {
            await AddAsync(
                RecordOf(charge, reservation, caption) with
                {
                    RequestId = caption.RequestId + "-completion",
                    Corrects = caption.RequestId,
                    Pixels = 0,
                    CostUsd = 0,
                }
            );
        }
        catch (RefusalException)
        {
            // The disk has become full meanwhile. The caption is paid for, so it goes out; only its tokens are not recorded.
        }
    }

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

    // Every caption meets a full disk, so the log says it when it begins and when it is over.
    private async Task AddAsync(UsageRecord record)
    {
        try
        {
            await journal.AddAsync(record);
        }
        catch (IOException failure) when (FullDisk.Explains(failure))
        {
            if (Interlocked.Exchange(ref _isFull, 1) == 0)
            {
                Log.Full(logger, journal.Directory);
            }

            throw Refusals.JournalFull(failure);
        }

        if (Volatile.Read(ref _isFull) == 1 && Interlocked.Exchange(ref _isFull, 0) == 1)
        {
            Log.RoomAgain(logger, journal.Directory);
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

        [LoggerMessage(
            2406,
            LogLevel.Error,
            "The disk with the usage journal in {Folder} is full: make room there. Until then, captions are refused with storage_full."
        )]
        public static partial void Full(ILogger logger, string folder);

        [LoggerMessage(2407, LogLevel.Information, "There is room for the usage journal in {Folder} again; captions go on.")]
        public static partial void RoomAgain(ILogger logger, string folder);
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
