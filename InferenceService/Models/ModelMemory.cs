using System.Diagnostics.CodeAnalysis;
using ImageToText.Captioning;
using Microsoft.Extensions.Options;

namespace ImageToText.InferenceService.Models;

/// <summary>
/// The memory that loaded models share. When it is short the least recently used idle model leaves; a model in use leaves only after
/// its last caption; a warm model leaves only when told to.
/// </summary>
internal sealed partial class ModelMemory(
    ModelEntries entries,
    IOptions<ModelStoreOptions> options,
    TimeProvider time,
    ILogger<ModelMemory> logger
)
{
    private readonly ModelStoreOptions _options = options.Value;
    private TaskCompletionSource _roomChanged = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _used;
    private long _uses;

    /// <summary>Bytes that all loaded models together may take.</summary>
    public long Budget { get; } =
        options.Value.MemoryBudgetMiB is { } megabytes ? megabytes * 1024L * 1024 : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;

    /// <summary>Bytes that loaded models take, plus what those being loaded are expected to take.</summary>
    public long Used
    {
        get
        {
            lock (entries.Gate)
            {
                return _used;
            }
        }
    }

    /// <summary>Gives the right to use a loaded model.</summary>
    public ModelLease LeaseLocked(LoadedSlot slot)
    {
        slot.Leases++;
        slot.LastUse = ++_uses;
        return new ModelLease(this, slot);
    }

    /// <summary>Called when a lease ends.</summary>
    public void Release(LoadedSlot slot)
    {
        lock (entries.Gate)
        {
            slot.Leases--;
            slot.LastUse = ++_uses;
            if (slot.Leases > 0)
            {
                return;
            }

            if (slot.Leaving)
            {
                _ = DisposeSlotAsync(slot);
            }
            else if (_used > Budget && !slot.Warm)
            {
                DetachLocked(slot);
            }
            else
            {
                SignalRoomLocked();
            }
        }
    }

    /// <summary>A model is loaded, in the memory that was made for it.</summary>
    public void KeepLocked(ModelEntry entry, ICaptioner captioner, bool warm) =>
        entry.Slot = new LoadedSlot(entry, captioner, warm) { LastUse = ++_uses };

    /// <summary>Takes or gives back memory without waiting for room.</summary>
    public void ChangeLocked(long bytes) => _used += bytes;

    /// <summary>
    /// Reserves memory. Idle models are unloaded for it, and busy ones are waited for as long as a request would wait.
    /// </summary>
    /// <returns>False if busy models kept it.</returns>
    /// <exception cref="ModelUnusableException">
    /// It would not fit beside the warm models even if all others were unloaded.
    /// </exception>
    public async Task<bool> MakeRoomAsync(ModelEntry entry, long bytes, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        while (true)
        {
            LoadedSlot? leaving;
            Task room;
            lock (entries.Gate)
            {
                if (_used + bytes <= Budget)
                {
                    _used += bytes;
                    return true;
                }
                long needed = Math.Max(bytes, entry.MemoryBytes ?? 0);
                long kept = entries.SlotsLocked.Where(slot => slot.Warm).Sum(slot => slot.MemoryBytes);
                if (needed + kept > Budget)
                {
                    throw new ModelUnusableException(
                        $"it takes {Megabytes(needed)} MiB, but the memory budget of {Megabytes(Budget)} MiB "
                            + $"({ModelStoreOptions.Section}:{nameof(ModelStoreOptions.MemoryBudgetMiB)}) "
                            + $"has only {Megabytes(Budget - kept)} MiB left besides the models that are kept warm."
                    )
                    {
                        LacksRoom = true,
                    };
                }
                leaving = entries.SlotsLocked.Where(slot => slot is { Leases: 0, Warm: false }).MinBy(slot => slot.LastUse);
                if (leaving is not null)
                {
                    DetachLocked(leaving, $"room for {entry.Id}");
                }
                room = _roomChanged.Task;
            }
            if (leaving is not null)
            {
                await leaving.Gone.Task.WaitAsync(cancellationToken);
                continue;
            }
            var wait = _options.LoadWait - time.GetElapsedTime(started);
            if (wait <= TimeSpan.Zero)
            {
                return false;
            }

            try
            {
                await room.WaitAsync(wait, time, cancellationToken);
            }
            catch (TimeoutException)
            {
                return false;
            }
        }
    }

    /// <summary>Takes all models out of memory, and waits until the captions under way are done.</summary>
    public async Task EmptyAsync()
    {
        LoadedSlot[] slots;
        lock (entries.Gate)
        {
            slots = [.. entries.SlotsLocked];
            foreach (var slot in slots)
            {
                DetachLocked(slot);
            }
        }
        foreach (var slot in slots)
        {
            await slot.Gone.Task;
        }
    }

    /// <summary>Takes a model off its entry: it leaves memory when the last caption under way is done.</summary>
    /// <param name="slot">The loaded model.</param>
    /// <param name="reason">For the log; null: nothing to say.</param>
    public void DetachLocked(LoadedSlot slot, string? reason = null)
    {
        if (reason is not null)
        {
            Log.Unloading(logger, slot.Entry.Id, reason);
        }

        slot.Leaving = true;
        slot.Entry.Slot = null;
        entries.SignalStateLocked();
        if (slot.Leases == 0)
        {
            _ = DisposeSlotAsync(slot);
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "A model that can't be disposed must not take the node with it.")]
    private async Task DisposeSlotAsync(LoadedSlot slot)
    {
        // Never under the caller's lock.
        await Task.Yield();
        long bytes = slot.MemoryBytes;
        try
        {
            await slot.Captioner.DisposeAsync();
        }
        catch (Exception fault)
        {
            Log.DisposeFailed(logger, fault, slot.Entry.Id);
        }
        lock (entries.Gate)
        {
            _used -= bytes;
            SignalRoomLocked();
        }
        slot.Gone.TrySetResult();
    }

    /// <summary>Tells those who wait for room.</summary>
    public void SignalRoomLocked()
    {
        _roomChanged.TrySetResult();
        _roomChanged = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private static long Megabytes(long bytes) => bytes / 1048576;

    private static partial class Log
    {
        [LoggerMessage(2, LogLevel.Information, "Unloading the model {Model}: {Reason}")]
        public static partial void Unloading(ILogger logger, string model, string reason);

        [LoggerMessage(5, LogLevel.Warning, "The model {Model} could not be unloaded cleanly")]
        public static partial void DisposeFailed(ILogger logger, Exception fault, string model);
    }
}
