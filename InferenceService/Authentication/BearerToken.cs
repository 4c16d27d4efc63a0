using ImageToText.InferenceService.Errors;
using ImageToText.ServiceDefaults.Secrets;
using ImageToText.ServiceDefaults.Tls;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace ImageToText.InferenceService.Authentication;

/// <summary>
/// Checks the token that callers must send (<see cref="NodeTokenOptions"/>). A caller with a client certificate of the network's own
/// authority needs none. Health routes are open, because probes have no token.
/// </summary>
internal sealed class BearerToken : IDisposable
{
    private const string Scheme = "Bearer ";

    private static readonly string[] Open = ["/health", "/alive", "/ready"];

    private readonly IOptionsMonitor<NodeTokenOptions> _options;
    private readonly NetworkTls _tls;
    private readonly IDisposable? _following;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public BearerToken(IOptionsMonitor<NodeTokenOptions> options, NetworkTls tls)
    {
        _options = options;
        _tls = tls;
        _following = options.OnChange(_ =>
            Interlocked.Exchange(ref _changed, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult()
        );
    }

    /// <summary>The token in force; null: none.</summary>
    public string? Current => _options.CurrentValue.AuthToken is { Length: > 0 } token ? token : null;

    /// <summary>Completes when the token may have changed.</summary>
    public Task Changed => Volatile.Read(ref _changed).Task;

    public Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        string? fault = null;
        if (
            Current is not { } current
            || IsOpen(context.Request.Path)
            || Matches(context.Request.Headers.Authorization.ToString(), current)
            || _tls.IsMember(context.Connection.ClientCertificate, out fault)
        )
        {
            return next(context);
        }

        context.Response.Headers[HeaderNames.WWWAuthenticate] = "Bearer";
        return NodeErrors.WriteAsync(context, StatusCodes.Status401Unauthorized, fault ?? "Invalid bearer token");
    }

    /// <inheritdoc/>
    public void Dispose() => _following?.Dispose();

    private static bool IsOpen(PathString path) =>
        Array.Exists(Open, open => path.Value?.TrimEnd('/').Equals(open, StringComparison.OrdinalIgnoreCase) is true);

    private bool Matches(string authorization, string current) =>
        authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && AcceptedTokens.Contain(authorization[Scheme.Length..].Trim(), current, _options.CurrentValue.PreviousAuthToken);
}
