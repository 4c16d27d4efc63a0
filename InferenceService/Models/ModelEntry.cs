using ImageToText.Captioning;

namespace ImageToText.InferenceService.Models;

/// <summary>What the store knows of one model; guarded by <see cref="ModelEntries.Gate"/>.</summary>
internal sealed class ModelEntry(string id)
{
    public string Id { get; } = id;

    /// <summary>The loaded model, if there is one.</summary>
    public LoadedSlot? Slot { get; set; }

    /// <summary>The load under way, shared by everyone who waits for it. It never faults.</summary>
    public Task? Loading { get; set; }

    /// <summary>When the load under way started to read the model.</summary>
    public DateTimeOffset LoadStarted { get; set; }

    /// <summary>Why the last load failed.</summary>
    public string? Failure { get; set; }

    /// <summary>Whether it failed because this node lacks room.</summary>
    public bool LacksRoom { get; set; }

    /// <summary>When the last load failed.</summary>
    public DateTimeOffset FailedAt { get; set; }

    /// <summary>How much memory the model took when it was last loaded.</summary>
    public long? MemoryBytes { get; set; }

    /// <summary>How long the last load took.</summary>
    public TimeSpan? LoadTime { get; set; }
}

/// <summary>A loaded model; guarded by <see cref="ModelEntries.Gate"/>.</summary>
internal sealed class LoadedSlot(ModelEntry entry, ICaptioner captioner, bool warm)
{
    public ModelEntry Entry { get; } = entry;

    public ICaptioner Captioner { get; } = captioner;

    /// <summary>A warm model is never unloaded to make room.</summary>
    public bool Warm { get; } = warm;

    public long MemoryBytes => Captioner.Model.MemoryBytes;

    /// <summary>Captions under way. A slot with leases is not disposed.</summary>
    public int Leases { get; set; }

    /// <summary>Grows with each use of any model: the least is the least recently used.</summary>
    public long LastUse { get; set; }

    /// <summary>Removed from its entry: there are no new leases, and it is disposed when the last one ends.</summary>
    public bool Leaving { get; set; }

    /// <summary>Completes when the model is disposed and its memory is free.</summary>
    public TaskCompletionSource Gone { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>The right to use a loaded model, which stays loaded until this is disposed.</summary>
internal sealed class ModelLease(ModelMemory memory, LoadedSlot slot) : IDisposable
{
    private bool _disposed;

    public ICaptioner Captioner => slot.Captioner;

    public string ModelId => slot.Entry.Id;

    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        memory.Release(slot);
    }
}
