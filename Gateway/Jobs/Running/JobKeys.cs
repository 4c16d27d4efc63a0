using System.Collections.Concurrent;
using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Client;
using ImageToText.Gateway.Admission;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Registry;
using ImageToText.ServiceDefaults.Resilience;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Jobs.Running;

/// <summary>
/// What the key of a job may do now. A job knows its key by id, since the secret is not kept. While the pricing service can't be
/// reached, its last answer holds.
/// </summary>
internal sealed class JobKeys(
    RequestAuthorizer authorizer,
    PricingClient pricing,
    Network network,
    IOptions<PricingConnectionOptions> registry,
    TimeProvider time
)
{
    private readonly ConcurrentDictionary<string, Known> _keys = new(StringComparer.Ordinal);

    /// <summary>Returns the key's rights.</summary>
    /// <exception cref="RefusalException">401: it was revoked, or has expired; 503: nobody can say now.</exception>
    public async Task<KeyGrant> FindAsync(string keyId, CancellationToken cancellationToken)
    {
        if (keyId == authorizer.Nobody.KeyId)
        {
            return authorizer.Nobody;
        }

        long version = network.View.Snapshot.KeysVersion;
        if (!_keys.TryGetValue(keyId, out var known) || known.Version != version)
        {
            known = await AskAsync(keyId, version, known, cancellationToken);
        }

        return known.Grant is { } grant && !(grant.ExpiresAt <= time.GetUtcNow()) ? grant : throw Refusals.UnknownKey();
    }

    private async Task<Known> AskAsync(string keyId, long version, Known? before, CancellationToken cancellationToken)
    {
        try
        {
            using var deadline = new Deadline(registry.Value.CallTimeout, time, cancellationToken);
            return _keys[keyId] = new Known(await pricing.GetKeyGrantAsync(keyId, deadline.Token), version);
        }
        catch (Exception failure) when (PricingOutage.Explains(failure) && !cancellationToken.IsCancellationRequested)
        {
            return before ?? throw Refusals.KeysUnverifiable();
        }
    }

    private sealed record Known(KeyGrant? Grant, long Version);
}
