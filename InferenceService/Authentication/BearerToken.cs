using ImageToText.InferenceService.Errors;
using ImageToText.ServiceDefaults.Secrets;
using ImageToText.ServiceDefaults.Tls;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace ImageToText.InferenceService.Authentication;

/// <summary>
/// The token that callers must send: <c>Inference:AuthToken</c>, or <c>AUTH_TOKEN</c> as for Livepeer's AI runner. Without one,
/// everyone may call. While it is changed, <c>Inference:PreviousAuthToken</c> is accepted too. A caller with a client certificate of
/// the network's own authority needs none. Health routes are open, because probes have no token.
/// </summary>
internal sealed class BearerToken(IConfiguration configuration, NetworkTls tls)
{
    private const string Scheme = "Bearer ";

    private static readonly string[] Open = ["/health", "/alive", "/ready"];

    /// <summary>The token in force; null: none.</summary>
    public string? Current => (configuration["Inference:AuthToken"] ?? configuration["AUTH_TOKEN"]) is { Length: > 0 } token ? token : null;

    /// <summary>Tells when the token may have changed.</summary>
    public IChangeToken Changed => configuration.GetReloadToken();

    public Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        string? fault = null;
        if (
            Current is not { } current
            || IsOpen(context.Request.Path)
            || Matches(context.Request.Headers.Authorization.ToString(), current)
            || tls.IsMember(context.Connection.ClientCertificate, out fault)
        )
        {
            return next(context);
        }

        context.Response.Headers[HeaderNames.WWWAuthenticate] = "Bearer";
        return NodeErrors.WriteAsync(context, StatusCodes.Status401Unauthorized, fault ?? "Invalid bearer token");
    }

    private static bool IsOpen(PathString path) =>
        Array.Exists(Open, open => path.Value?.TrimEnd('/').Equals(open, StringComparison.OrdinalIgnoreCase) is true);

    private bool Matches(string authorization, string current) =>
        authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && AcceptedTokens.Contain(authorization[Scheme.Length..].Trim(), current, configuration["Inference:PreviousAuthToken"]);
}
