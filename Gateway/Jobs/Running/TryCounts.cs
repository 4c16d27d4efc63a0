using System.Collections.Concurrent;

namespace ImageToText.Gateway.Jobs.Running;

/// <summary>
/// Remembers the tries of items that have no result yet, also while their job waits. Without that, a picture that takes its node down
/// would begin anew after each pause. Only this gateway's tries are known, and only since it was started.
/// </summary>
internal sealed class TryCounts
{
    // Items that another gateway ended, or whose job was cancelled, stay until then. Whoever is forgotten is tried a few more times.
    private const int Most = 100_000;

    private readonly ConcurrentDictionary<string, ItemTries> _counts = new(StringComparer.Ordinal);

    /// <summary>What became of its tries.</summary>
    /// <param name="requestId">The item's request id.</param>
    public ItemTries Of(string requestId) => _counts.GetValueOrDefault(requestId);

    /// <summary>A try has failed.</summary>
    public void Failed(string requestId) => Change(requestId, static tries => tries with { Failures = tries.Failures + 1 });

    /// <summary>A try has found no node.</summary>
    public void Paused(string requestId) => Change(requestId, static tries => tries with { Pauses = tries.Pauses + 1 });

    /// <summary>The item has its result.</summary>
    public void Forget(string requestId) => _counts.TryRemove(requestId, out _);

    private void Change(string requestId, Func<ItemTries, ItemTries> change)
    {
        if (_counts.Count >= Most)
        {
            _counts.Clear();
        }

        // Only one try of an item is under way.
        _counts[requestId] = change(Of(requestId));
    }
}
