using System.Collections.Concurrent;
using System.Text.Json.Serialization;
using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Client;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Registry;
using ImageToText.Gateway.Snapshots;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Admission;

/// <summary>
/// What the pricing service has said about keys, by the hash of their secret. It is asked again when any key has changed. While
/// it can't be reached, its last answer holds, even one given to an earlier run, so that known keys work through an outage.
/// </summary>
internal sealed class ApiKeyCache(
    PricingClient pricing,
    Network network,
    SnapshotFile<Dictionary<string, KeyGrant>> kept,
    IOptions<CallerOptions> options,
    IOptions<PricingConnectionOptions> registry,
    TimeProvider time
)
{
    private const int Most = 100_000;
    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lazy<Task<Entry>>> _asking = new(StringComparer.Ordinal);
    private readonly Lazy<Dictionary<string, KeyGrant>> _before = new(() => kept.Load()?.Value ?? []);
    private int _changed;

    /// <summary>Returns what the key of <paramref name="secret"/> may do.</summary>
    /// <exception cref="RefusalException">
    /// 401: unknown, expired or revoked; 503: not known here, and there is nobody to ask.
    /// </exception>
    public async ValueTask<KeyGrant> FindAsync(string secret, CancellationToken cancellationToken)
    {
        string hash = ApiKey.Hash(secret);
        long version = network.View.Snapshot.KeysVersion;
        if (!_entries.TryGetValue(hash, out var entry) || !IsFresh(entry, version))
        {
            // Simultaneous requests with the same key ask once.
            var asking = _asking.GetOrAdd(
                hash,
                static (key, args) => new Lazy<Task<Entry>>(() => args.cache.AskAsync(key, args.version)),
                (cache: this, version)
            );
            entry = await asking.Value.WaitAsync(cancellationToken);
        }

        return entry.Grant is { } grant && !(grant.ExpiresAt <= time.GetUtcNow()) ? grant : throw Refusals.UnknownKey();
    }

    /// <summary>Saves what has been said since the last save.</summary>
    public void Keep()
    {
        if (Interlocked.Exchange(ref _changed, 0) != 0)
        {
            // Keys from an earlier run that nobody has asked about since are saved too.
            var grants = new Dictionary<string, KeyGrant>(_before.Value, StringComparer.Ordinal);
            foreach (var (hash, entry) in _entries)
            {
                if (entry.Grant is { } grant)
                {
                    grants[hash] = grant;
                }
                else
                {
                    grants.Remove(hash);
                }
            }

            kept.Save(grants);
        }
    }

    // Unknown keys, and answers from before an outage, are soon asked about again, so guessing and waiting cost little. So is the
    // operator token, since nothing tells of its change.
    private bool IsFresh(Entry entry, long version) =>
        entry.Version == version
        && (
            entry is { Grant.KeyId: not KeyGrant.OperatorToken, IsRemembered: false }
            || time.GetElapsedTime(entry.At) < options.Value.RememberUnknown
        );

    private async Task<Entry> AskAsync(string hash, long version)
    {
        try
        {
            using var timeout = new CancellationTokenSource(registry.Value.CallTimeout, time);
            var grant = await pricing.ValidateKeyAsync(hash, timeout.Token);
            Volatile.Write(ref _changed, 1);
            return Enter(hash, new Entry(grant, version, time.GetTimestamp(), IsRemembered: false));
        }
        catch (Exception failure) when (PricingOutage.Explains(failure))
        {
            var known = _entries.TryGetValue(hash, out var entry) ? entry.Grant : _before.Value.GetValueOrDefault(hash);
            return known is null
                ? throw Refusals.KeysUnverifiable()
                : Enter(hash, new Entry(known, version, time.GetTimestamp(), IsRemembered: true));
        }
        finally
        {
            _asking.TryRemove(hash, out _);
        }
    }

    private Entry Enter(string hash, Entry entry)
    {
        if (_entries.Count >= Most)
        {
            _entries.Clear();
        }

        return _entries[hash] = entry;
    }

    private sealed record Entry(KeyGrant? Grant, long Version, long At, bool IsRemembered);
}

/// <summary>Keys' rights by the hash of their secrets, as stored.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(Dictionary<string, KeyGrant>))]
internal sealed partial class ApiKeySnapshotJson : JsonSerializerContext;
