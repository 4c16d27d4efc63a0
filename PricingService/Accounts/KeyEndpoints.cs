using ImageToText.Contracts.Accounts;
using ImageToText.PricingService.Access;
using ImageToText.PricingService.Errors;
using ImageToText.ServiceDefaults.OpenApi;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ImageToText.PricingService.Accounts;

/// <summary>The routes of keys.</summary>
internal static class KeyEndpoints
{
    public static void MapKeys(this IEndpointRouteBuilder routes)
    {
        var keys = routes.MapGroup("/keys").WithTags("Keys");
        keys.MapPost("/", CreateAsync).RequireCaller(Callers.Operators);
        keys.MapGet("/", ListAsync).RequireCaller(Callers.Operators);
        keys.MapPost("/validate", ValidateAsync).RequireCaller(Callers.Services);
        keys.MapGet("/{id}", GetAsync).RequireCaller(Callers.Services | Callers.Operators);
        keys.MapGet("/{id}/grant", GrantAsync).RequireCaller(Callers.Services);
        keys.MapPut("/{id}", UpdateAsync).RequireCaller(Callers.Operators);
        keys.MapPost("/{id}/rotate", RotateAsync).RequireCaller(Callers.Operators);
        keys.MapDelete("/{id}", RevokeAsync).RequireCaller(Callers.Operators);
    }

    /// <summary>Create a key; only this answer contains its secret.</summary>
    [Refuses(StatusCodes.Status400BadRequest, "The body can't be used; the message says why.")]
    internal static async Task<CreatedKey> CreateAsync(
        KeySettings settings,
        ApiKeyService keys,
        HttpResponse response,
        CancellationToken cancellationToken
    )
    {
        response.Headers.CacheControl = "no-store";
        return await keys.CreateAsync(settings, cancellationToken);
    }

    /// <summary>List all keys with their spend.</summary>
    internal static Task<IReadOnlyList<KeyInfo>> ListAsync(ApiKeyService keys, CancellationToken cancellationToken) =>
        keys.ListAsync(cancellationToken);

    /// <summary>Get what a key may do, by its secret's hash.</summary>
    [Refuses(StatusCodes.Status404NotFound, "The key is unknown, revoked or expired.")]
    internal static async Task<KeyGrant> ValidateAsync(
        KeyValidationRequest request,
        CallerRecognition recognition,
        CancellationToken cancellationToken
    ) =>
        await recognition.ValidateAsync(request.SecretHash, cancellationToken)
        ?? throw PricingRefusals.NotFound("The key is unknown, revoked or expired.");

    /// <summary>Get a key with its spend.</summary>
    [Refuses(StatusCodes.Status404NotFound, "There is no such key.")]
    internal static Task<KeyInfo> GetAsync(string id, ApiKeyService keys, CancellationToken cancellationToken) =>
        keys.GetAsync(id, cancellationToken);

    /// <summary>Get what a key may do, by its id, for jobs that go on after the request that started them.</summary>
    [Refuses(StatusCodes.Status404NotFound, "The key is unknown, revoked or expired.")]
    internal static async Task<KeyGrant> GrantAsync(string id, ApiKeyValidation keys, CancellationToken cancellationToken) =>
        await keys.FindAsync(id, cancellationToken) ?? throw PricingRefusals.NotFound("The key is unknown, revoked or expired.");

    /// <summary>Replace a key's settings.</summary>
    [Refuses(StatusCodes.Status400BadRequest, "The body can't be used; the message says why.")]
    [Refuses(StatusCodes.Status404NotFound, "There is no such key.")]
    internal static Task<KeyInfo> UpdateAsync(string id, KeySettings settings, ApiKeyService keys, CancellationToken cancellationToken) =>
        keys.UpdateAsync(id, settings, cancellationToken);

    /// <summary>Give a key a new secret.</summary>
    [Refuses(StatusCodes.Status400BadRequest, "The body can't be used; the message says why.")]
    [Refuses(StatusCodes.Status404NotFound, "There is no such key.")]
    [Refuses(StatusCodes.Status409Conflict, "The key is revoked.")]
    internal static async Task<CreatedKey> RotateAsync(
        string id,
        KeyRotation rotation,
        ApiKeyService keys,
        HttpResponse response,
        CancellationToken cancellationToken
    )
    {
        response.Headers.CacheControl = "no-store";
        return await keys.RotateAsync(id, rotation, cancellationToken);
    }

    /// <summary>Revoke a key permanently.</summary>
    [Refuses(StatusCodes.Status404NotFound, "There is no such key.")]
    internal static async Task<NoContent> RevokeAsync(string id, ApiKeyService keys, CancellationToken cancellationToken)
    {
        await keys.RevokeAsync(id, cancellationToken);
        return TypedResults.NoContent();
    }
}
