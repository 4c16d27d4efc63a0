using System.Security.Cryptography;
using System.Text;
using ImageToText.InferenceService.Errors;
using Microsoft.Net.Http.Headers;

namespace ImageToText.InferenceService.Authentication;

/// <summary>
/// The token that callers must send: <c>Inference:AuthToken</c>, or <c>AUTH_TOKEN</c> as for Livepeer's AI runner. Without one,
/// everyone may call. Health routes are open, because probes have no token.
/// </summary>
internal sealed class BearerToken(IConfiguration configuration)
{
    private const string Scheme = "Bearer ";

    private static readonly string[] Open = ["/health", "/alive", "/ready"];

    // Hashes all have the same length, so the comparison does not reveal the token's.
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
