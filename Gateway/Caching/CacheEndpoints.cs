using System.Text.Json.Serialization;
using ImageToText.Gateway.Admission;
using ImageToText.Gateway.Dialects;
using ImageToText.Gateway.Dialects.Native;
using ImageToText.Gateway.Errors;
using ImageToText.ServiceDefaults.Redis;

namespace ImageToText.Gateway.Caching;

/// <summary>Operators' routes for deleting cached captions.</summary>
internal sealed class CacheEndpoints(CaptionEndpoint endpoint, NativeDialect native, RequestAuthorizer authorizer, RedisLink redis)
{
    /// <summary>DELETE /cache/{revision}, and DELETE /cache for all.</summary>
    public Task PurgeAsync(HttpContext http) =>
        endpoint.GuardAsync(
            http,
            native,
            async _ =>
            {
                await authorizer.AdmitOperatorAsync(http);
                string? revision = (string?)http.GetRouteValue("revision");
                long purged =
                    await redis.DeleteAsync(CacheKeys.Patterns(revision), http.RequestAborted) ?? throw Refusals.CacheUnavailable();
                await http.Response.WriteAsJsonAsync(
                    new PurgedCaptions(revision, purged),
                    CacheEndpointsJson.Default.PurgedCaptions,
                    cancellationToken: http.RequestAborted
                );
            }
        );
}

/// <summary>The answer to DELETE /cache.</summary>
/// <param name="Revision">The model revision; null: all.</param>
/// <param name="Purged">How many captions were deleted.</param>
internal sealed record PurgedCaptions(string? Revision, long Purged);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(PurgedCaptions))]
internal sealed partial class CacheEndpointsJson : JsonSerializerContext;
