using System.Collections.Concurrent;
using System.Globalization;
using ImageToText.Contracts.Accounts;
using ImageToText.Gateway.Errors;

namespace ImageToText.Gateway.Admission;

/// <summary>
/// Limits each key to its rate, counted by all gateways together in Redis. While Redis is away, each gateway counts on its own.
/// </summary>
internal sealed class RateLimits(SharedRates shared, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, TokenBucket> _buckets = new(StringComparer.Ordinal);

    /// <summary>Counts requests with a key.</summary>
    /// <param name="headers">The answer's headers, which say what is left.</param>
    /// <param name="key">The key.</param>
    /// <param name="count">The number of captions; a batch larger than the burst counts as the burst.</param>
    /// <exception cref="RefusalException">429: too many requests.</exception>
    public async ValueTask TakeAsync(IHeaderDictionary headers, KeyGrant key, int count = 1)
    {
        if (key.RateLimit is not { } limit)
        {
            return;
        }

        double perSecond = limit.RequestsPerMinute / 60.0;
        int burst = Math.Max(1, limit.Burst ?? limit.RequestsPerMinute);
        var bucket = _buckets.AddOrUpdate(
            key.KeyId,
            _ => new TokenBucket(perSecond, burst, time),
            // A changed limit takes effect at once, with a full bucket.
            (_, before) => before.PerSecond == perSecond && before.Burst == burst ? before : new TokenBucket(perSecond, burst, time)
        );
        count = Math.Min(count, burst);
        var together = await shared.TakeAsync(key.KeyId, limit, burst, count);
        // Counted here too, so that this gateway knows its own share when Redis goes away.
        var alone = together is { Wait: not null } ? null : bucket.TryTake(count);
        var (taken, remaining, fullIn) = together ?? new RateState(alone, bucket.State.Remaining, bucket.State.FullIn);
        headers["x-ratelimit-limit"] = burst.ToString(CultureInfo.InvariantCulture);
        headers["x-ratelimit-remaining"] = remaining.ToString(CultureInfo.InvariantCulture);
        headers["x-ratelimit-reset"] = Math.Ceiling(fullIn.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        if (taken is { } wait)
        {
            throw Refusals.RateLimited(wait);
        }
    }
}
