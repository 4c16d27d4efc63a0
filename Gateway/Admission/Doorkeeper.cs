using System.Net;
using ImageToText.Contracts.Accounts;
using ImageToText.Gateway.Errors;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Admission;

/// <summary>Finds out who calls and whether they may, before anything of the body is read. Refusals cost nothing and reach no node.</summary>
internal sealed class Doorkeeper
{
    private const string Bearer = "Bearer ";
    private readonly KeyBook _keys;
    private readonly RateLimits _rates;
    private readonly AnonymousAccess _anonymous;
    private readonly KeyGrant _nobody;

    public Doorkeeper(KeyBook keys, RateLimits rates, IOptions<AdmissionOptions> options)
    {
        _keys = keys;
        _rates = rates;
        _anonymous = options.Value.Anonymous;
        _nobody = new KeyGrant(
            options.Value.AnonymousKeyId,
            "anonymous",
            null,
            [KeyScope.Caption],
            null,
            options.Value.AnonymousRequestsPerMinute is { } rate ? new RateLimit(rate) : null,
            HasBudget: false,
            null,
            null);
    }

    /// <summary>Who calls.</summary>
    /// <exception cref="RefusalException">401 or 403: nobody who may; 503: a key that nobody can vouch for now.</exception>
    public async ValueTask<KeyGrant> IdentifyAsync(HttpContext http)
    {
        var authorization = http.Request.Headers.Authorization.ToString();
        var secret = authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
            ? authorization[Bearer.Length..].Trim()
            : http.Request.Headers["x-api-key"].ToString();
        if (secret.Length == 0 || (IsOpenTo(http) && !secret.StartsWith(ApiKey.Marker, StringComparison.Ordinal)))
        {
            // Client libraries insist on sending some key: where none is needed, one that is not ours is no fault.
            return IsOpenTo(http) ? _nobody : throw Refusals.NoKey();
        }

        var grant = secret.Length <= 256 ? await _keys.FindAsync(secret, http.RequestAborted) : throw Refusals.UnknownKey();
        return grant.Scopes.Contains(KeyScope.Caption) || grant.Scopes.Contains(KeyScope.Operate) ? grant : throw Refusals.WrongScope("caption");
    }

    /// <summary>Lets a caption request in.</summary>
    /// <exception cref="RefusalException">401, 403, 429 or 503.</exception>
    public async ValueTask<KeyGrant> AdmitAsync(HttpContext http)
    {
        var caller = await IdentifyAsync(http);
        if (!caller.Scopes.Contains(KeyScope.Caption))
        {
            throw Refusals.WrongScope("caption");
        }

        _rates.Take(caller);
        return caller;
    }

    /// <summary>Counts the further captions of a batch.</summary>
    /// <exception cref="RefusalException">429: too many.</exception>
    public void AdmitMore(KeyGrant caller, int count)
    {
        if (count > 0)
        {
            _rates.Take(caller, count);
        }
    }

    private bool IsOpenTo(HttpContext http) => _anonymous switch
    {
        AnonymousAccess.Everyone => true,
        AnonymousAccess.Loopback => http.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address),
        _ => false,
    };
}
