using ImageToText.Contracts.Accounts;
using ImageToText.PricingService.Access;
using ImageToText.PricingService.Errors;

namespace ImageToText.PricingService.Accounts;

/// <summary>The routes of keys.</summary>
internal static class KeyEndpoints
{
    public static void MapKeys(this IEndpointRouteBuilder routes)
    {
        var keys = routes.MapGroup("/keys").WithTags("Keys");
        keys.MapPost("/", CreateAsync).RequireCaller(Callers.Operators).WithSummary("Create a key; only this answer contains its secret");
        keys.MapGet("/", ListAsync).RequireCaller(Callers.Operators).WithSummary("All keys");
        keys.MapPost("/validate", ValidateAsync).RequireCaller(Callers.Services).WithSummary("Get what a key may do, by its secret's hash");
        keys.MapGet("/{id}", GetAsync).RequireCaller(Callers.Services | Callers.Operators).WithSummary("Get a key with its spend");
        keys.MapPut("/{id}", UpdateAsync).RequireCaller(Callers.Operators).WithSummary("Replace a key's settings");
        keys.MapPost("/{id}/rotate", RotateAsync).RequireCaller(Callers.Operators).WithSummary("Give a key a new secret");
        keys.MapDelete("/{id}", RevokeAsync).RequireCaller(Callers.Operators).WithSummary("Revoke a key permanently");
    }

    private static async Task<CreatedKey> CreateAsync(
        KeySettings settings,
        ApiKeyService keys,
        HttpResponse response,
        CancellationToken cancellationToken
    )
    {
        response.Headers.CacheControl = "no-store";
        return await keys.CreateAsync(settings, cancellationToken);
    }

    private static Task<IReadOnlyList<KeyInfo>> ListAsync(ApiKeyService keys, CancellationToken cancellationToken) =>
        keys.ListAsync(cancellationToken);

    private static async Task<KeyGrant> ValidateAsync(
        KeyValidationRequest request,
        CallerRecognition recognition,
        CancellationToken cancellationToken
    ) =>
        await recognition.ValidateAsync(request.SecretHash, cancellationToken)
        ?? throw PricingRefusals.NotFound("The key is unknown, revoked or expired.");

    private static Task<KeyInfo> GetAsync(string id, ApiKeyService keys, CancellationToken cancellationToken) =>
        keys.GetAsync(id, cancellationToken);

    private static Task<KeyInfo> UpdateAsync(string id, KeySettings settings, ApiKeyService keys, CancellationToken cancellationToken) =>
        keys.UpdateAsync(id, settings, cancellationToken);

    private static async Task<CreatedKey> RotateAsync(
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

    private static async Task<IResult> RevokeAsync(string id, ApiKeyService keys, CancellationToken cancellationToken)
    {
        await keys.RevokeAsync(id, cancellationToken);
        return Results.NoContent();
    }
}
