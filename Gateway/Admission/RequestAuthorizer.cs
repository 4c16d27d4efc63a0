using System.Net;
using ImageToText.Contracts.Accounts;
using ImageToText.Gateway.Errors;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Admission;

/// <summary>
/// Finds out who is calling and whether they may, before the body is read. Refusals cost nothing and reach no node.
/// </summary>
internal sealed class RequestAuthorizer
{
    private const string Bearer = "Bearer ";
    private readonly ApiKeyCache _keys;
    private readonly RateLimits _rates;
    private readonly AnonymousAccess _anonymous;
    private readonly bool _sharesJobs;
    private readonly string? _loopbackOperator;

    public RequestAuthorizer(ApiKeyCache keys, RateLimits rates, IOptions<CallerOptions> options)
    {
        _keys = keys;
        _rates = rates;
        _anonymous = options.Value.Anonymous;
        _sharesJobs = options.Value.AnonymousJobs;
        _loopbackOperator = options.Value.LoopbackOperatorToken is { Length: > 0 } token ? token : null;
        Nobody = new KeyGrant(
            options.Value.AnonymousKeyId,
            "anonymous",
            null,
            [KeyScope.Caption],
            null,
            options.Value.AnonymousRequestsPerMinute is { } rate ? new RateLimit(rate) : null,
            HasBudget: false,
            null,
            null
        );
    }

    /// <summary>What callers without an API key may do, where that is allowed.</summary>
    public KeyGrant Nobody { get; }

    /// <summary>Identifies the caller.</summary>
    /// <exception cref="RefusalException">401 or 403: the caller may not; 503: nobody can verify the key now.</exception>
    public async ValueTask<KeyGrant> IdentifyAsync(HttpContext http)
    {
        if (http.Features.Get<AdmittedItem>() is { } item)
        {
            return item.Caller;
        }

        string secret = SecretOf(http);
        if (secret.Length == 0 || (IsOpenTo(http) && !secret.StartsWith(ApiKey.Marker, StringComparison.Ordinal)))
        {
            // Client libraries insist on sending some key. Where none is needed, an unknown one is no error.
            return IsOpenTo(http) ? Nobody : throw Refusals.NoKey();
        }

        var grant = await FindAsync(secret, http.RequestAborted);
        return grant.Scopes.Contains(KeyScope.Caption) || grant.Scopes.Contains(KeyScope.Operate)
            ? grant
            : throw Refusals.WrongScope("caption");
    }

    /// <summary>Checks that a caller has files and jobs of its own. All callers without a key share one.</summary>
    /// <exception cref="RefusalException">401: it has no key, and the operator doesn't let strangers share theirs.</exception>
    public void MustOwnJobs(KeyGrant caller)
    {
        if (caller.KeyId == Nobody.KeyId && _anonymous == AnonymousAccess.Everyone && !_sharesJobs)
        {
            throw Refusals.NoKeyForJobs();
        }
    }

    /// <summary>Admits a caption request.</summary>
    /// <exception cref="RefusalException">401, 403, 429 or 503.</exception>
    public async ValueTask<KeyGrant> AdmitAsync(HttpContext http)
    {
        var caller = await IdentifyAsync(http);
        if (!caller.Scopes.Contains(KeyScope.Caption))
        {
            throw Refusals.WrongScope("caption");
        }

        // Items of jobs come as fast as there is room for them.
        if (http.Features.Get<AdmittedItem>() is null)
        {
            await _rates.TakeAsync(http.Response.Headers, caller);
        }

        return caller;
    }

    /// <summary>Admits a request for a model. It counts like a caption, but keys that may only operate may send it too.</summary>
    /// <exception cref="RefusalException">401, 403, 429 or 503.</exception>
    public async ValueTask<KeyGrant> AdmitModelRequestAsync(HttpContext http)
    {
        var caller = await IdentifyAsync(http);
        await _rates.TakeAsync(http.Response.Headers, caller);
        return caller;
    }

    /// <summary>
    /// Admits an operator. A key is required wherever the call comes from, so that no page from another site can act through a
    /// browser on the operator's machine. If the configuration lends callers on this machine a token, they use that.
    /// </summary>
    /// <exception cref="RefusalException">401 or 403: the caller may not; 503: nobody can verify the key now.</exception>
    public async ValueTask<KeyGrant> AdmitOperatorAsync(HttpContext http)
    {
        if (http.Request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site")
        {
            throw Refusals.CrossSite();
        }

        if (SecretOf(http).Length == 0 && IsLentOperatorToken(http))
        {
            http.Request.Headers.Authorization = Bearer + _loopbackOperator;
        }

        string secret = SecretOf(http);
        var caller = secret.Length > 0 ? await FindAsync(secret, http.RequestAborted) : throw Refusals.NoKey();
        return caller.Scopes.Contains(KeyScope.Operate) ? caller : throw Refusals.WrongScope("operate");
    }

    /// <summary>Returns whether a caller may operate without bringing a key.</summary>
    public bool IsLentOperatorToken(HttpContext http) =>
        _loopbackOperator is not null
        && IsOnThisMachine(http)
        // A name that somebody else's DNS points at this machine is not this machine, and neither is the page that it served.
        && (http.Request.Host.Host is "localhost" or "127.0.0.1" or "[::1]")
        && http.Request.Headers.Origin.ToString() is var origin
        && (origin.Length == 0 || origin == $"{http.Request.Scheme}://{http.Request.Host}");

    /// <summary>Counts the other captions of a batch.</summary>
    /// <exception cref="RefusalException">429: too many requests.</exception>
    public ValueTask AdmitMoreAsync(HttpContext http, KeyGrant caller, int count) =>
        count > 0 ? _rates.TakeAsync(http.Response.Headers, caller, count) : ValueTask.CompletedTask;

    /// <summary>The key in a request; empty: none.</summary>
    public static string SecretOf(HttpContext http)
    {
        string authorization = http.Request.Headers.Authorization.ToString();
        return authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
            ? authorization[Bearer.Length..].Trim()
            : http.Request.Headers["x-api-key"].ToString();
    }

    private ValueTask<KeyGrant> FindAsync(string secret, CancellationToken cancellationToken) =>
        secret.Length <= 256 ? _keys.FindAsync(secret, cancellationToken) : throw Refusals.UnknownKey();

    private bool IsOpenTo(HttpContext http) =>
        _anonymous switch
        {
            AnonymousAccess.Everyone => true,
            AnonymousAccess.Loopback => IsOnThisMachine(http),
            _ => false,
        };

    private static bool IsOnThisMachine(HttpContext http) =>
        http.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address) && !IsForwarded(http.Request.Headers);

    // From a proxy on this machine, whose callers may be anywhere. If the first header was consumed, its original value is in the
    // second.
    private static bool IsForwarded(IHeaderDictionary headers) =>
        headers.ContainsKey("X-Forwarded-For") || headers.ContainsKey("X-Original-For") || headers.ContainsKey("Forwarded");
}
