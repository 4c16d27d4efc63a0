using System.Runtime.CompilerServices;
using ImageToText.Contracts;
using ImageToText.Contracts.Idempotency;
using ImageToText.Gateway.Pipeline;

namespace ImageToText.Gateway.Idempotency;

/// <summary>
/// The outermost step, for requests with an idempotency key: one that is sent again gets the same answer and one charge, even if it
/// samples and without a cache. A twin that comes while the first is under way waits for it.
/// </summary>
internal sealed class IdempotencyStep(IdempotencyClaims claims) : ICaptionStep
{
    /// <inheritdoc/>
    public async Task<CaptionAnswer> CaptionAsync(CaptionRequest request, CaptionDelegate next, CancellationToken cancellationToken)
    {
        if (request.Idempotency is not { } key)
        {
            return await next(request, cancellationToken);
        }

        var claim = await claims.ClaimAsync(
            new IdempotencyClaim(
                request.Caller.KeyId,
                key.Hash,
                key.FingerprintOf(request),
                request.RequestId,
                request.Parameters.IsRandom ? Random.Shared.NextInt64(int.MaxValue) : null
            ),
            cancellationToken
        );
        if (claim.Answer is { } kept)
        {
            return KeptAnswer.Read(kept, request.Caller);
        }

        var end = new IdempotencyResult(request.Caller.KeyId, key.Hash, request.RequestId, claim.IsPaid);
        CaptionAnswer answer;
        try
        {
            answer = await next(Prepared(request, claim), cancellationToken);
        }
        catch
        {
            await claims.EndAsync(end);
            throw;
        }

        if (answer.Updates is { } updates)
        {
            return answer with { Updates = KeepAtEnd(request, answer, updates, end, cancellationToken) };
        }

        await claims.EndAsync(Ended(end, request, answer, answer.Whole!));
        return answer;
    }

    private static CaptionRequest Prepared(CaptionRequest request, IdempotencyAnswer claim) =>
        request with
        {
            Parameters = claim.Seed is { } seed && request.Parameters.IsRandom ? request.Parameters.WithSeed(seed) : request.Parameters,
            // The ledger stores each id once, so what another gateway may have charged before it failed is not charged again.
            RequestId = claim.IsPaid ? request.RequestId : claim.RequestId,
            PriceShare = claim.IsPaid ? 0 : request.PriceShare,
        };

    // Under no-store nothing of the caption is kept: it is made again, for nothing.
    private static IdempotencyResult Ended(IdempotencyResult end, CaptionRequest request, CaptionAnswer answer, CaptionResponse caption) =>
        end with
        {
            IsPaid = true,
            Answer = request.WritesCache ? KeptAnswer.Write(answer, caption) : null,
        };

    private async IAsyncEnumerable<AnswerUpdate> KeepAtEnd(
        CaptionRequest request,
        CaptionAnswer answer,
        IAsyncEnumerable<AnswerUpdate> updates,
        IdempotencyResult end,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        bool isWhole = false;
        try
        {
            await foreach (var update in updates.WithCancellation(cancellationToken))
            {
                if (update.Whole is { } whole)
                {
                    isWhole = true;
                    await claims.EndAsync(Ended(end, request, answer, whole));
                }

                yield return update;
            }
        }
        finally
        {
            if (!isWhole)
            {
                await claims.EndAsync(end with { IsPaid = end.IsPaid || answer.Reservation.IsCharged });
            }
        }
    }
}
