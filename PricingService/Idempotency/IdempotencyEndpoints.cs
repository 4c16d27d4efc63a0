using ImageToText.Contracts.Idempotency;
using ImageToText.PricingService.Access;
using ImageToText.ServiceDefaults.OpenApi;

namespace ImageToText.PricingService.Idempotency;

/// <summary>The routes of idempotency keys, for gateways.</summary>
internal static class IdempotencyEndpoints
{
    public static void MapIdempotency(this IEndpointRouteBuilder routes)
    {
        var keys = routes.MapGroup("/idempotency").WithTags("Idempotency").RequireCaller(Callers.Services);
        keys.MapPost("/claims", ClaimAsync);
        keys.MapPost("/results", EndAsync);
    }

    /// <summary>Claim an idempotency key, or get what was answered to it.</summary>
    [Refuses(StatusCodes.Status400BadRequest, "The body can't be used; the message says why.")]
    internal static Task<IdempotencyAnswer> ClaimAsync(
        IdempotencyClaim claim,
        IdempotencyService keys,
        CancellationToken cancellationToken
    ) => keys.ClaimAsync(claim, cancellationToken);

    /// <summary>Say how a claimed request ended.</summary>
    [Refuses(StatusCodes.Status400BadRequest, "The body can't be used; the message says why.")]
    internal static Task<IdempotencyResult> EndAsync(
        IdempotencyResult result,
        IdempotencyService keys,
        CancellationToken cancellationToken
    ) => keys.EndAsync(result, cancellationToken);
}
