using System.Text.Json;
using ImageToText.Captioning;
using ImageToText.Contracts;
using ImageToText.InferenceService.Answers;
using ImageToText.ServiceDefaults.Redis;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace ImageToText.InferenceService.Caching;

/// <summary>Caches captions by their pictures' decoded pixels, in the Redis that all nodes share.</summary>
internal sealed class RedisPictureCache(RedisLink redis, IOptions<PictureCacheOptions> options) : IPictureCache
{
    private readonly PictureCacheOptions _options = options.Value;

    /// <summary>Whether captions are cached at all; if not, pixels need not be hashed.</summary>
    public bool IsUsed => _options.Enabled && redis.IsConfigured;

    public async ValueTask<Caption?> FindAsync(PictureCacheKey key, CancellationToken cancellationToken)
    {
        var reply = await redis.AskAsync(database => database.StringGetAsync(KeyOf(key)), _options.Patience);
        if (reply.Value.IsNull)
        {
            return null;
        }

        try
        {
            var kept = JsonSerializer.Deserialize(((ReadOnlyMemory<byte>)reply.Value).Span, NodeApiJson.Default.CaptionResponse);
            return kept is null ? null : CaptionAnswers.FromResponse(kept);
        }
        catch (JsonException)
        {
            return null; // It is overwritten when the caption is made.
        }
    }

    public void Keep(PictureCacheKey key, Caption caption)
    {
        byte[] value = JsonSerializer.SerializeToUtf8Bytes(
            CaptionAnswers.ToResponse(caption, details: true),
            NodeApiJson.Default.CaptionResponse
        );
        if (value.Length <= _options.MaxValueBytes)
        {
            // Nobody waits for it, and the link counts failures.
            _ = redis.AskAsync(database => database.StringSetAsync(KeyOf(key), value, _options.TimeToLive), _options.Patience).AsTask();
        }
    }

    private static RedisKey KeyOf(PictureCacheKey key) => CacheKeys.Pixels(key.Revision, CacheKeys.Identity(key.PixelHash, key.Options));
}
