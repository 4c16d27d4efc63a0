using System.Runtime.CompilerServices;
using ImageToText.Contracts;
using ImageToText.Gateway.Billing;
using ImageToText.Gateway.Telemetry;

namespace ImageToText.Gateway.Pipeline;

/// <summary>
/// Settles a caption's charge on delivery: the usage record is durable before a whole answer, or the first piece of a streamed
/// one, goes to the caller. A caller who hangs up in the middle of a stream has paid for it; if our side breaks it, the charge is
/// taken back. If a caption is not delivered, its reservation is released.
/// </summary>
internal sealed class SettlementStep(
    Settlement settlement,
    GatewayTelemetry telemetry,
    IHostApplicationLifetime lifetime,
    TimeProvider time
) : ICaptionStep
{
    /// <inheritdoc/>
    public async Task<CaptionAnswer> CaptionAsync(CaptionRequest request, CaptionDelegate next, CancellationToken cancellationToken)
    {
        var answer = await next(request, cancellationToken);
        if (answer.Updates is { } updates)
        {
            return answer with { Updates = SettleAtStart(request, answer, updates, cancellationToken) };
        }

        using (answer.Reservation)
        {
            await SettleAsync(answer, Delivered(request, answer, answer.Whole), cancellationToken);
            Count(request, answer);
            return answer;
        }
    }

    private async IAsyncEnumerable<AnswerUpdate> SettleAtStart(
        CaptionRequest request,
        CaptionAnswer answer,
        IAsyncEnumerable<AnswerUpdate> updates,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        using var reservation = answer.Reservation;
        bool isCharged = false;
        bool isWhole = false;
        try
        {
            await foreach (var update in updates.WithCancellation(cancellationToken))
            {
                if (!isCharged)
                {
                    await SettleAsync(answer, Delivered(request, answer, update.Whole), cancellationToken);
                    isCharged = true;
                }
                else if (update.Whole is { } whole && CaptionAnswer.TokensOf(whole) is > 0)
                {
                    await settlement.CompleteAsync(answer.Charge, reservation, Delivered(request, answer, whole));
                }

                isWhole |= update.Whole is not null;
                yield return update;
            }
        }
        finally
        {
            if (isCharged && !isWhole && IsOurs(cancellationToken))
            {
                await settlement.TakeBackAsync(answer.Charge, reservation, Delivered(request, answer, null));
            }
            else if (isCharged)
            {
                Count(request, answer);
            }
        }
    }

    // Nobody but the caller cancels, unless the gateway ends: then the server cuts off whoever is still connected.
    private bool IsOurs(CancellationToken cancellationToken) =>
        !cancellationToken.IsCancellationRequested || lifetime.ApplicationStopping.IsCancellationRequested;

    private DeliveredCaption Delivered(CaptionRequest request, CaptionAnswer answer, CaptionResponse? caption) =>
        new(
            request.RequestId,
            answer.ModelId,
            answer.ModelRevision,
            answer.Cache,
            time.GetElapsedTime(request.AdmittedAt),
            caption is null ? null : CaptionAnswer.TokensOf(caption)
        );

    private Task SettleAsync(CaptionAnswer answer, DeliveredCaption caption, CancellationToken cancellationToken)
    {
        // A caller who has left gets nothing and pays nothing.
        cancellationToken.ThrowIfCancellationRequested();
        return settlement.SettleAsync(answer.Charge, answer.Reservation, caption);
    }

    private void Count(CaptionRequest request, CaptionAnswer answer) =>
        telemetry.Delivered(
            answer.ModelId,
            answer.CacheWord,
            answer.Charge.CostUsd,
            time.GetElapsedTime(request.AdmittedAt),
            request.IsItem
        );
}
