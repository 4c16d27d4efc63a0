using System.Collections.Concurrent;
using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Client;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Registry;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Admission;

/// <summary>
/// What the pricing service has said of keys, by the hash of their secret. Asked again when any key has changed; while it can't be
/// reached, what it said last holds, so that known keys work through its outage.
/// </summary>
internal sealed class KeyBook(PricingClient pricing, Network network, IOptions<AdmissionOptions> options, TimeProvider time)
{
    private const int Most = 100_000;
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(5);
    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lazy<Task<Entry>>> _asking = new(StringComparer.Ordinal);

    /// <summary>What the key of <paramref name="secret"/> may do.</summary>
    /// <exception cref="RefusalException">401: unknown, expired or revoked; 503: not known here, and nobody to ask.</exception>
    public async ValueTask<KeyGrant> FindAsync(string secret, CancellationToken cancellationToken)
    {
        var hash = ApiKey.Hash(secret);
        var version = network.View.Snapshot.KeysVersion;
        if (!_entries.TryGetValue(hash, out var entry) || !IsFresh(entry, version))
        {
            // Requests with one key that come together ask once.
            var asking = _asking.GetOrAdd(hash, static (key, args) => new Lazy<Task<Entry>>(() => args.book.AskAsync(key, args.version)), (book: this, version));
            entry = await asking.Value.WaitAsync(cancellationToken);
        }

        return entry.Grant is { } grant && !(grant.ExpiresAt <= time.GetUtcNow()) ? grant : throw Refusals.UnknownKey();
    }

    private bool IsFresh(Entry entry, long version) =>
        entry.Version == version && (entry.Grant is not null || time.GetElapsedTime(entry.At) < options.Value.RememberUnknown);

    private async Task<Entry> AskAsync(string hash, long version)
    {
        try
        {
            using var timeout = new CancellationTokenSource(CallTimeout, time);
            var grant = await pricing.ValidateKeyAsync(hash, timeout.Token);
            if (_entries.Count >= Most)
            {
                _entries.Clear();
            }

            return _entries[hash] = new Entry(grant, version, time.GetTimestamp());
        }
        catch (Exception failure) when (failure is HttpRequestException or PricingException or OperationCanceledException)
        {
            return _entries.TryGetValue(hash, out var known) && known.Grant is not null ? known : throw Refusals.KeysUnverifiable();
        }
        finally
        {
            _asking.TryRemove(hash, out _);
        }
    }

    private sealed record Entry(KeyGrant? Grant, long Version, long At);
}
