using System.Security.Cryptography;
using System.Text;
using ImageToText.InferenceService.Errors;
using Microsoft.Net.Http.Headers;

namespace ImageToText.InferenceService.Authentication;

/// <summary>
/// The token that callers must bring: <c>Inference:AuthToken</c>, or <c>AUTH_TOKEN</c> as for Livepeer's AI runner; none: everyone may call.
/// Health routes are open, since what asks them has no token.
/// </summary>
internal sealed class BearerToken(IConfiguration configuration)
{
    private const string Scheme = "Bearer ";

    private static readonly string[] Open = ["/health", "/alive", "/ready"];

    // Hashes have one length, so the comparison tells nothing of the token's.
    private readonly byte[]? _hash = (configuration["Inference:AuthToken"] ?? configuration["AUTH_TOKEN"]) is { Length: > 0 } token
        ? SHA256.HashData(Encoding.UTF8.GetBytes(token))
        : null;

    public Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        if (_hash is null || IsOpen(context.Request.Path) || Matches(context.Request.Headers.Authorization.ToString()))
        {
            return next(context);
        }

        context.Response.Headers[HeaderNames.WWWAuthenticate] = "Bearer";
        return NodeErrors.WriteAsync(context, StatusCodes.Status401Unauthorized, "Invalid bearer token");
    }

    private static bool IsOpen(PathString path) =>
        Array.Exists(Open, open => path.Value?.TrimEnd('/').Equals(open, StringComparison.OrdinalIgnoreCase) is true);

    private bool Matches(string authorization) =>
        authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(authorization[Scheme.Length..].Trim())), _hash);
}
