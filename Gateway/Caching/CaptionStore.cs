using System.Text.Json;
using ImageToText.ServiceDefaults.Redis;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace ImageToText.Gateway.Caching;

/// <summary>The captions that all gateways share in Redis, and the locks of those being made.</summary>
internal sealed class CaptionStore(RedisLink redis, IOptions<CacheOptions> options, CacheTelemetry telemetry, TimeProvider time)
{
    private readonly CacheOptions _options = options.Value;

    /// <summary>Whether captions are cached and shared at all.</summary>
    public bool IsUsed => _options.Enabled && redis.IsConfigured;

    /// <summary>Looks for a caption.</summary>
    /// <param name="wanted">The caption to look for.</param>
    /// <param name="patience">How long to wait for Redis.</param>
    public async ValueTask<Lookup> FindAsync(WantedCaption wanted, TimeSpan patience)
    {
        var reply = wanted.Keys is [var only]
            ? await redis.AskAsync(async database => (RedisValue[])[await database.StringGetAsync(only)], patience)
            : await redis.AskAsync(database => GetAsync(database, wanted.Keys), patience);
        return reply.Came ? new Lookup(true, First(reply.Value!)) : default;
    }

    /// <summary>
    /// Takes the lock of a caption and looks for it once more, because it may have been stored just before the lock was free.
    /// </summary>
    /// <param name="wanted">The caption to claim.</param>
    /// <param name="patience">How long to wait for Redis.</param>
    public async ValueTask<Claim> ClaimAsync(WantedCaption wanted, TimeSpan patience)
    {
        RedisKey key = CacheKeys.Lock(wanted.Flight);
        RedisValue token = Guid.NewGuid().ToString("N");
        var reply = await redis.AskAsync(
            async database =>
            {
                var taking = database.LockTakeAsync(key, token, _options.Lease);
                var getting = GetAsync(database, wanted.Keys);
                return (Taken: await taking, Values: await getting);
            },
            patience
        );
        if (!reply.Came)
        {
            return new Claim(ClaimOutcome.Unavailable, null, null);
        }

        var lease = reply.Value.Taken ? new CaptionLease(redis, key, token, _options.Lease, _options.Patience, time) : null;
        return First(reply.Value.Values) is { } found
            ? new Claim(ClaimOutcome.Found, found, lease)
            : new Claim(lease is null ? ClaimOutcome.Held : ClaimOutcome.Taken, null, lease);
    }

    /// <summary>Stores a caption. The write has been sent when this returns.</summary>
    /// <returns>Whether it is stored, or too large to be stored ever.</returns>
    public async Task<bool> KeepAsync(WantedCaption wanted, CachedCaption caption)
    {
        byte[] value = JsonSerializer.SerializeToUtf8Bytes(caption, CachingJson.Default.CachedCaption);
        if (value.Length > _options.MaxValueBytes)
        {
            telemetry.TooLarge();
            return true;
        }

        var reply = await redis.AskAsync(
            database => database.StringSetAsync(CacheKeys.Caption(caption.Revision, wanted.Identity), value, _options.TimeToLive),
            _options.Patience
        );
        return reply.Came;
    }

    private static Task<RedisValue[]> GetAsync(IDatabase database, RedisKey[] keys) =>
        // One by one, though pipelined: keys of different revisions may be on different servers.
        Task.WhenAll(Array.ConvertAll(keys, key => database.StringGetAsync(key)));

    private CachedCaption? First(RedisValue[] values)
    {
        foreach (var value in values)
        {
            if (value.IsNull)
            {
                continue;
            }

            try
            {
                if (
                    JsonSerializer.Deserialize(((ReadOnlyMemory<byte>)value).Span, CachingJson.Default.CachedCaption) is
                    { Caption.Text: not null } caption
                )
                {
                    return caption;
                }
            }
            catch (JsonException)
            {
                telemetry.Failed("value");
            }
        }

        return null;
    }
}

/// <summary>Identifies the wanted caption.</summary>
/// <param name="Identity">Hash of model, prompt, options and the picture's bytes.</param>
/// <param name="Keys">Where it may be: under each of the model's revisions in the network.</param>
internal sealed record WantedCaption(string Identity, RedisKey[] Keys)
{
    /// <summary>Names the flight and the lock of those that wait for each other.</summary>
    public required string Flight { get; init; }
}

/// <summary>The outcome of looking for a caption.</summary>
/// <param name="Answered">Whether the cache gave an answer.</param>
/// <param name="Caption">The caption; null: it has none.</param>
internal readonly record struct Lookup(bool Answered, CachedCaption? Caption);

/// <summary>The outcome of claiming a caption.</summary>
internal enum ClaimOutcome
{
    /// <summary>The caller must make it.</summary>
    Taken,

    /// <summary>It was found.</summary>
    Found,

    /// <summary>Another gateway is making it.</summary>
    Held,

    /// <summary>Redis gave no answer.</summary>
    Unavailable,
}

/// <summary>A claim on a caption.</summary>
/// <param name="Outcome">The outcome.</param>
/// <param name="Caption">The caption, if it was found.</param>
/// <param name="Lease">The lock, if it was taken; must be disposed of.</param>
internal readonly record struct Claim(ClaimOutcome Outcome, CachedCaption? Caption, CaptionLease? Lease);
