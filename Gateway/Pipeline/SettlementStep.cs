using System.Runtime.CompilerServices;
using ImageToText.Contracts;
using ImageToText.Gateway.Billing;
using ImageToText.Gateway.Telemetry;

namespace ImageToText.Gateway.Pipeline;

/// <summary>
/// Settles a caption's charge on delivery: the usage record is durable before a whole answer, or the last piece of a streamed
/// one, goes to the caller. If a caption is not delivered, its reservation is released.
/// </summary>
internal sealed class SettlementStep(Settlement settlement, GatewayTelemetry telemetry, TimeProvider time) : ICaptionStep
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
        // A caller who has left gets nothing and pays nothing.
        cancellationToken.ThrowIfCancellationRequested();
        var elapsed = time.GetElapsedTime(request.AdmittedAt);
        await settlement.SettleAsync(
            answer.Charge,
            answer.Reservation,
            new DeliveredCaption(
                request.RequestId,
                answer.ModelId,
                answer.ModelRevision,
                answer.Cache,
                elapsed,
                CaptionAnswer.TokensOf(caption)
            )
        );
        telemetry.Delivered(answer.ModelId, answer.CacheWord, answer.Charge.CostUsd, elapsed);
    }
}
