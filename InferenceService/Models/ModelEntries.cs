namespace ImageToText.InferenceService.Models;

/// <summary>What the node knows of each model it was asked for, and the lock that guards it: members named Locked want it held.</summary>
internal sealed class ModelEntries
{
    private readonly Dictionary<string, ModelEntry> _entries = new(StringComparer.Ordinal);
    private TaskCompletionSource _stateChanged = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Guards the entries, and all that hangs on them.</summary>
    public Lock Gate { get; } = new();

    /// <summary>Completes when a model next starts or finishes loading, or is unloaded.</summary>
    public Task StateChanged
    {
        get
        {
            lock (Gate)
            {
                return _stateChanged.Task;
            }
        }
    }

    /// <summary>All entries.</summary>
    public IReadOnlyCollection<ModelEntry> AllLocked => _entries.Values;

    /// <summary>The loaded models.</summary>
    public IEnumerable<LoadedSlot> SlotsLocked => _entries.Values.Select(static entry => entry.Slot).OfType<LoadedSlot>();

    /// <summary>The entry of a model that was asked for before.</summary>
    public ModelEntry? KnownLocked(string id) => _entries.GetValueOrDefault(id);

    /// <summary>The entry of a model; a new one where it is asked for the first time.</summary>
    public ModelEntry GetLocked(string id)
    {
        if (!_entries.TryGetValue(id, out var entry))
        {
            _entries[id] = entry = new ModelEntry(id);
        }

        return entry;
    }

    /// <summary>Tells those who wait for <see cref="StateChanged"/>.</summary>
    public void SignalStateLocked()
    {
        _stateChanged.TrySetResult();
        _stateChanged = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
