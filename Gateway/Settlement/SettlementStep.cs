using System.Runtime.CompilerServices;
using ImageToText.Contracts;
using ImageToText.Contracts.Ledger;
using ImageToText.Gateway.Pipeline;
using ImageToText.Gateway.Telemetry;

namespace ImageToText.Gateway.Settlement;

/// <summary>
/// Charges a caption when it is delivered: the usage record is durable before a whole answer, or the last piece of a streamed one,
/// goes to the caller. What was set aside for a caption that is not delivered is given back.
/// </summary>
internal sealed class SettlementStep(UsageJournal journal, GatewayIdentity identity, GatewayTelemetry telemetry, TimeProvider time)
    : ICaptionStep
{
    /// <inheritdoc/>
    public async Task<CaptionAnswer> CaptionAsync(CaptionRequest request, CaptionDelegate next, CancellationToken cancellationToken)
    {
        var answer = await next(request, cancellationToken);
        if (answer.Updates is { } updates)
        {
            return answer with { Updates = SettleAtEnd(request, answer, updates, cancellationToken) };
        }

        using (answer.Reservation)
        {
            await SettleAsync(request, answer, answer.Whole!, cancellationToken);
            return answer;
        }
    }

    private async IAsyncEnumerable<AnswerUpdate> SettleAtEnd(
        CaptionRequest request,
        CaptionAnswer answer,
        IAsyncEnumerable<AnswerUpdate> updates,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        using (answer.Reservation)
        {
            await foreach (var update in updates.WithCancellation(cancellationToken))
            {
                if (update.Whole is { } whole)
                {
                    await SettleAsync(request, answer, whole, cancellationToken);
                }

                yield return update;
            }
        }
    }

    private async Task SettleAsync(
        CaptionRequest request,
        CaptionAnswer answer,
        CaptionResponse caption,
        CancellationToken cancellationToken
    )
    {
        // A caller who has left gets nothing, and pays nothing.
        cancellationToken.ThrowIfCancellationRequested();
        var elapsed = time.GetElapsedTime(request.AdmittedAt);
        await journal.AddAsync(
            new UsageRecord(
                request.RequestId,
                request.Caller.KeyId,
                identity.Id,
                answer.Reservation?.SliceId,
                answer.NodeId,
                answer.ModelId,
                answer.ModelRevision,
                time.GetUtcNow(),
                request.Picture.Pixels,
                answer.UsdPerPixel,
                answer.Cost,
                answer.Cache,
                Math.Round(elapsed.TotalMilliseconds, 3),
                CaptionAnswer.TokensOf(caption)
            )
        );
        answer.Reservation?.Settle(answer.Cost);
        telemetry.Delivered(answer.ModelId, CacheWord(answer.Cache), answer.Cost, elapsed);
    }

    /// <summary>The outcome as the header <c>x-cache</c> spells it.</summary>
    internal static string CacheWord(CacheOutcome cache) =>
        cache switch
        {
            CacheOutcome.Hit => "hit",
            CacheOutcome.Coalesced => "coalesced",
            _ => "miss",
        };
}
