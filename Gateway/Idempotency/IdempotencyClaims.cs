using ImageToText.Contracts.Client;
using ImageToText.Contracts.Idempotency;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Forwarding;
using ImageToText.Gateway.Registry;
using ImageToText.ServiceDefaults.Resilience;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Idempotency;

/// <summary>Claims idempotency keys at the pricing service, and tells it how their requests ended.</summary>
internal sealed partial class IdempotencyClaims(
    PricingClient pricing,
    IOptions<PricingConnectionOptions> connection,
    IOptions<ForwardingOptions> forwarding,
    TimeProvider time,
    ILogger<IdempotencyClaims> logger
)
{
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(10);

    /// <summary>Claims a key. While a request with the same key is under way, it waits for that.</summary>
    /// <returns>Claimed, or done.</returns>
    /// <exception cref="RefusalException">
    /// 409: that takes too long; 422: the key was used for something else; 503: the pricing service can't be reached.
    /// </exception>
    public async Task<IdempotencyAnswer> ClaimAsync(IdempotencyClaim claim, CancellationToken cancellationToken)
    {
        long began = time.GetTimestamp();
        while (true)
        {
            IdempotencyAnswer answer;
            try
            {
                using var deadline = new Deadline(connection.Value.CallTimeout + Wait, time, cancellationToken);
                answer = await pricing.ClaimIdempotencyKeyAsync(claim with { WaitSeconds = Wait.TotalSeconds }, deadline.Token);
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

    /// <summary>Says how a request ended that claimed a key, whether its caller is still there or not.</summary>
    public async Task EndAsync(IdempotencyResult result)
    {
        try
        {
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
            "The answer to request {RequestId} could not be kept for its idempotency key: {Reason} Sent again, a caption is made again."
        )]
        public static partial void NotKept(ILogger logger, string requestId, string reason);
    }
}
