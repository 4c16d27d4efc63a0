using System.ComponentModel;
using System.Text.Json.Serialization;
using ImageToText.Gateway.Dialects.Native;
using ImageToText.Gateway.Errors;
using ImageToText.ServiceDefaults.Redis;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ImageToText.Gateway.Caching;

/// <summary>Operators' routes for deleting cached captions.</summary>
internal static class CacheEndpoints
{
    public static void MapCache(this IEndpointRouteBuilder routes)
    {
        // A large cache takes its time.
        var cache = routes.MapGroup("").WithTags("Operating").Admit(Audience.Operators, Timeout.InfiniteTimeSpan);
        cache.MapDelete("/cache", PurgeAllAsync).WithName("purgeCache");
        cache.MapDelete("/cache/{revision}", PurgeRevisionAsync).WithName("purgeRevision");
    }

    /// <summary>Delete all cached captions.</summary>
    /// <remarks>For operators' keys.</remarks>
    internal static Task<Ok<PurgedCaptions>> PurgeAllAsync(RedisLink redis, CancellationToken cancellationToken) =>
        PurgeAsync(null, redis, cancellationToken);

    /// <summary>Delete the cached captions of a model revision.</summary>
    /// <remarks>For operators' keys. The revision is the one in x-model-revision.</remarks>
    internal static Task<Ok<PurgedCaptions>> PurgeRevisionAsync(
        [Description("The model revision.")] string revision,
        RedisLink redis,
        CancellationToken cancellationToken
    ) => PurgeAsync(revision, redis, cancellationToken);

    private static async Task<Ok<PurgedCaptions>> PurgeAsync(string? revision, RedisLink redis, CancellationToken cancellationToken)
    {
        long purged = await redis.DeleteAsync(CacheKeys.Patterns(revision), cancellationToken) ?? throw Refusals.CacheUnavailable();
        return TypedResults.Ok(new PurgedCaptions(revision, purged));
    }
}

/// <summary>The answer to DELETE /cache.</summary>
/// <param name="Revision">The model revision; null: all.</param>
/// <param name="Purged">How many captions were deleted.</param>
internal sealed record PurgedCaptions([property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Revision, long Purged);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(PurgedCaptions))]
internal sealed partial class CacheEndpointsJson : JsonSerializerContext;
