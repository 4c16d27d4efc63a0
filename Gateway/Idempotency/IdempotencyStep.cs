using System.Runtime.CompilerServices;
using ImageToText.Contracts;
using ImageToText.Contracts.Client;
using ImageToText.Contracts.Idempotency;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Forwarding;
using ImageToText.Gateway.Pipeline;
using ImageToText.Gateway.Registry;
using ImageToText.ServiceDefaults.Resilience;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Idempotency;

/// <summary>
/// The outermost step, for requests with an idempotency key: one that is sent again gets the same answer and one charge, even if it
/// samples and without a cache. A twin that comes while the first is under way waits for it.
/// </summary>
internal sealed partial class IdempotencyStep(
    PricingClient pricing,
    IOptions<PricingConnectionOptions> connection,
    IOptions<ForwardingOptions> forwarding,
    TimeProvider time,
    ILogger<IdempotencyStep> logger
) : ICaptionStep
{
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public async Task<CaptionAnswer> CaptionAsync(CaptionRequest request, CaptionDelegate next, CancellationToken cancellationToken)
    {
        if (request.Idempotency is not { } key)
        {
            return await next(request, cancellationToken);
        }

        var claim = await ClaimAsync(request, key, cancellationToken);
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
            await EndAsync(end);
            throw;
        }

        if (answer.Updates is { } updates)
        {
            return answer with { Updates = KeepAtEnd(request, answer, updates, end, cancellationToken) };
        }

        await EndAsync(Ended(end, request, answer, answer.Whole!));
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
                    await EndAsync(Ended(end, request, answer, whole));
                }

                yield return update;
            }
        }
        finally
        {
            if (!isWhole)
            {
                await EndAsync(end with { IsPaid = end.IsPaid || answer.Reservation.IsCharged });
            }
        }
    }

    private async Task<IdempotencyAnswer> ClaimAsync(CaptionRequest request, IdempotencyKey key, CancellationToken cancellationToken)
    {
        long began = time.GetTimestamp();
        var claim = new IdempotencyClaim(
            request.Caller.KeyId,
            key.Hash,
            key.FingerprintOf(request),
            request.RequestId,
            request.Parameters.IsRandom ? Random.Shared.NextInt64(int.MaxValue) : null,
            Wait.TotalSeconds
        );
        while (true)
        {
            IdempotencyAnswer answer;
            try
            {
                using var deadline = new Deadline(connection.Value.CallTimeout + Wait, time, cancellationToken);
                answer = await pricing.ClaimIdempotencyKeyAsync(claim, deadline.Token);
            }
            catch (Exception failure) when (PricingOutage.Explains(failure) && !cancellationToken.IsCancellationRequested)
            {
                throw Refusals.IdempotencyUnavailable(failure);
            }

            switch (answer.Outcome)
            {
                case IdempotencyOutcome.Mismatch:
                    throw Refusals.IdempotencyKeyReused();
                case IdempotencyOutcome.Pending when time.GetElapsedTime(began) >= forwarding.Value.Timeout:
                    throw Refusals.IdempotencyKeyInUse();
                case IdempotencyOutcome.Pending:
                    break;
                default:
                    return answer;
            }
        }
    }

    private async Task EndAsync(IdempotencyResult result)
    {
        try
        {
            // Whether the caller is still there or not.
            using var timeout = new CancellationTokenSource(connection.Value.CallTimeout, time);
            await pricing.EndIdempotencyKeyAsync(result, timeout.Token);
        }
        catch (Exception failure) when (PricingOutage.Explains(failure))
        {
            Log.NotKept(logger, result.RequestId, failure.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            2701,
            LogLevel.Warning,
            "The answer to request {RequestId} could not be kept for its idempotency key; sent again, it is captioned again: {Reason}"
        )]
        public static partial void NotKept(ILogger logger, string requestId, string reason);
    }
}
