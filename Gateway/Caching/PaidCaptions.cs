using System.Collections.Concurrent;

namespace ImageToText.Gateway.Caching;

/// <summary>
/// Captions that this gateway made and charged for within the hour. While the cache that should have them is away, they are made again
/// at the price of a cached caption.
/// </summary>
internal sealed class PaidCaptions(TimeProvider time)
{
    private const int Most = 100_000;
    private static readonly TimeSpan Kept = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<(string Identity, Entry Entry)> _oldestFirst = new();

    /// <summary>Notes that a caption was made.</summary>
    /// <returns>Call it with whether the cache has taken it.</returns>
    public Action<bool> Add(string identity)
    {
        var entry = new Entry(time.GetTimestamp());
        // What was paid within the hour stays so, or asking every hour would be free for ever.
        if (!IsPaid(identity, isAway: true))
        {
            _entries[identity] = entry;
            _oldestFirst.Enqueue((identity, entry));
            while (_oldestFirst.TryPeek(out var oldest) && (_oldestFirst.Count > Most || IsOver(oldest.Entry)))
            {
                if (_oldestFirst.TryDequeue(out oldest))
                {
                    _entries.TryRemove(KeyValuePair.Create(oldest.Identity, oldest.Entry));
                }
            }
        }

        return isStored =>
        {
            if (_entries.TryGetValue(identity, out var noted))
            {
                noted.IsStored = isStored;
            }
        };
    }

    /// <summary>Whether a caption was paid within the hour and would be in the cache, had that not been away.</summary>
    /// <param name="identity">The caption.</param>
    /// <param name="isAway">Whether the cache gives no answer now; else only what it could not take counts.</param>
    public bool IsPaid(string identity, bool isAway) =>
        _entries.TryGetValue(identity, out var entry) && !IsOver(entry) && (isAway || !entry.IsStored);

    private bool IsOver(Entry entry) => time.GetElapsedTime(entry.At) >= Kept;

    private sealed class Entry(long at)
    {
        public long At => at;

        public volatile bool IsStored = true;
    }
}
