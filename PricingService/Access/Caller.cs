using ImageToText.Contracts.Accounts;
using ImageToText.PricingService.Errors;
using ImageToText.ServiceDefaults.OpenApi;
using ImageToText.ServiceDefaults.Secrets;
using ImageToText.ServiceDefaults.Tls;

namespace ImageToText.PricingService.Access;

/// <summary>Who may call an endpoint.</summary>
[Flags]
internal enum Callers
{
    /// <summary>Gateways and nodes, by the service token.</summary>
    Services = 1,

    /// <summary>People who run the network, by a key with scope <c>operate</c>.</summary>
    Operators = 2,

    /// <summary>Any other key, for its own data.</summary>
    Keys = 4,
}

/// <summary>The caller of a request.</summary>
/// <param name="Kind">The kind of caller.</param>
/// <param name="KeyId">Its key's id; null for the configured tokens.</param>
internal sealed record Caller(Callers Kind, string? KeyId)
{
    /// <summary>The only key whose data this caller may see; null: it sees everything.</summary>
    public string? ConfinedTo => Kind == Callers.Keys ? KeyId : null;
}

/// <summary>Endpoint metadata: who may call it.</summary>
internal sealed record RequiredCaller(Callers Allowed);

/// <summary>Restricts an endpoint to some callers.</summary>
internal static class CallerRequirement
{
    public static TBuilder RequireCaller<TBuilder>(this TBuilder endpoint, Callers allowed)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint
            .WithMetadata(new RequiredCaller(allowed))
            .Refuses(StatusCodes.Status401Unauthorized, "There is no bearer token, or it is unknown, revoked or expired.")
            .Refuses(StatusCodes.Status403Forbidden, $"This needs {Describe(allowed)}.");

    /// <summary>Names the callers that an endpoint is for.</summary>
    public static string Describe(Callers allowed) =>
        (allowed & Callers.Operators) != 0 ? "a key with scope operate" : "the service token of gateways and nodes";

    public static Caller Caller(this HttpContext http) => (Caller)http.Items[typeof(Caller)]!;
}

/// <summary>Recognizes the caller and refuses everyone else before anything of the request is read.</summary>
internal sealed class CallerMiddleware(RequestDelegate next, CallerRecognition recognition)
{
    public async Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<RequiredCaller>() is { } required)
        {
            var caller = await recognition.RecognizeAsync(context);
            if ((caller.Kind & required.Allowed) == 0)
            {
                throw PricingRefusals.Forbidden($"This needs {CallerRequirement.Describe(required.Allowed)}.");
            }

            context.Items[typeof(Caller)] = caller;
        }

        await next(context);
    }
}

/// <summary>Recognizes the caller by the bearer token, or a gateway or node by its client certificate.</summary>
internal sealed class CallerRecognition(LiveOptions<AccessOptions> options, NetworkTls tls, ApiKeyValidation keys)
{
    private const string Scheme = "Bearer ";

    private static readonly KeyGrant Operator = new(
        KeyGrant.OperatorToken,
        "Operator token",
        null,
        [KeyScope.Operate],
        null,
        null,
        HasBudget: false,
        null,
        null
    );

    public async Task<Caller> RecognizeAsync(HttpContext http)
    {
        string header = http.Request.Headers.Authorization.ToString();
        if (header.Length == 0)
        {
            return tls.IsMember(http.Connection.ClientCertificate, out string? fault)
                ? new(Callers.Services, null)
                : throw PricingRefusals.Unauthorized(fault ?? "Send an Authorization header with a bearer token.");
        }

        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            throw PricingRefusals.Unauthorized("Send an Authorization header with a bearer token.");
        }

        string token = header[Scheme.Length..].Trim();
        var access = options.Value;
        if (AcceptedTokens.Contain(token, access.ServiceToken, access.PreviousServiceToken))
        {
            return new(Callers.Services, null);
        }

        if (AcceptedTokens.Contain(token, access.OperatorToken, access.PreviousOperatorToken))
        {
            return new(Callers.Operators, null);
        }

        var grant =
            await keys.ValidateAsync(ApiKey.Hash(token), http.RequestAborted)
            ?? throw PricingRefusals.Unauthorized("The key is unknown, revoked or expired.");
        return new(grant.Scopes.Contains(KeyScope.Operate) ? Callers.Operators : Callers.Keys, grant.KeyId);
    }

    /// <summary>
    /// What a secret may do at a gateway, by its hash: that of a key or of the operator token, so that gateways' operator routes
    /// accept the same secrets as ours. Null: it is unknown, revoked or expired.
    /// </summary>
    public async Task<KeyGrant?> ValidateAsync(string secretHash, CancellationToken cancellationToken) =>
        AcceptedTokens.Contain(secretHash, HashOf(options.Value.OperatorToken), HashOf(options.Value.PreviousOperatorToken))
            ? Operator
            : await keys.ValidateAsync(secretHash, cancellationToken);

    private static string? HashOf(string? token) => token is { Length: > 0 } ? ApiKey.Hash(token) : null;
}
