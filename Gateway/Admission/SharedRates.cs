using ImageToText.Contracts.Accounts;
using ImageToText.ServiceDefaults.Redis;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace ImageToText.Gateway.Admission;

/// <summary>
/// Counts each key's requests in Redis, together with all other gateways. Each count is one script, which Redis runs whole, by its own
/// clock.
/// </summary>
internal sealed class SharedRates(RedisLink redis, IOptions<CallerOptions> options, TimeProvider time)
{
    // As in TokenBucket: the value is the moment at which the bucket would be full again, in microseconds.
    private const string Script = """
        local clock = redis.call('TIME')
        local now = clock[1] * 1000000 + clock[2]
        local interval = tonumber(ARGV[1])
        local burst = tonumber(ARGV[2])
        local before = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
        local after = before + tonumber(ARGV[3]) * interval
        local wait = after - now - burst * interval
        if wait > 0 then
            return {math.ceil(wait), math.ceil(before - now)}
        end
        redis.call('SET', KEYS[1], string.format('%.0f', after), 'PX', math.ceil((after - now) / 1000) + 1)
        return {0, math.ceil(after - now)}
        """;

    private const double MicrosecondsAMinute = 60e6;

    // A server that runs no scripts, such as the embedded one, need not be asked each time.
    private static readonly TimeSpan RefusedFor = TimeSpan.FromMinutes(1);

    private readonly TimeSpan _patience = options.Value.RatePatience;
    private long _refusedUntil = long.MinValue;

    /// <summary>Counts requests with a key.</summary>
    /// <param name="keyId">The key.</param>
    /// <param name="limit">Its rate.</param>
    /// <param name="burst">How many may come at once.</param>
    /// <param name="count">How many come, at most <paramref name="burst"/>.</param>
    /// <returns>What Redis says; null: it does not answer, or there is none.</returns>
    public async ValueTask<RateState?> TakeAsync(string keyId, RateLimit limit, int burst, int count)
    {
        if (!redis.IsOpen || time.GetTimestamp() < Interlocked.Read(ref _refusedUntil))
        {
            return null;
        }

        double interval = MicrosecondsAMinute / limit.RequestsPerMinute;
        // A changed limit takes effect at once, with a full bucket.
        RedisKey key = $"itt:rate:{keyId}:{limit.RequestsPerMinute}:{burst}";
        var reply = await redis.AskAsync(
            async database => (long[]?)await database.ScriptEvaluateAsync(Script, [key], [interval, burst, count]),
            _patience
        );
        if (reply is not { Came: true, Value: [var wait, var owed] })
        {
            if (redis.IsOpen)
            {
                Interlocked.Exchange(ref _refusedUntil, time.GetTimestamp() + (long)(RefusedFor.TotalSeconds * time.TimestampFrequency));
            }

            return null;
        }

        int remaining = (int)Math.Max(0, Math.Floor(((burst * interval) - owed) / interval));
        return new(wait > 0 ? TimeSpan.FromMicroseconds(wait) : null, remaining, TimeSpan.FromMicroseconds(owed));
    }
}

/// <summary>A key's rate after a request was counted.</summary>
/// <param name="Wait">How long to wait before it is admitted; null: it is.</param>
/// <param name="Remaining">How many requests may come now.</param>
/// <param name="FullIn">How long until as many as possible may.</param>
internal readonly record struct RateState(TimeSpan? Wait, int Remaining, TimeSpan FullIn);
