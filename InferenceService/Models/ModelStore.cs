using Microsoft.Extensions.Options;

namespace ImageToText.InferenceService.Models;

/// <summary>
/// Where requests get their models: a loaded one is lent (<see cref="ModelMemory"/>), another one is loaded first
/// (<see cref="ModelLoader"/>).
/// </summary>
internal sealed class ModelStore(
    ModelCatalog catalog,
    ModelEntries entries,
    ModelMemory memory,
    ModelLoader loader,
    IOptions<ModelStoreOptions> options,
    TimeProvider time
) : IAsyncDisposable
{
    private readonly ModelStoreOptions _options = options.Value;

    /// <summary>Grants the right to use a model, and loads it first if necessary.</summary>
    /// <param name="id">The model; null or empty: the default.</param>
    /// <param name="cancellationToken">Stops waiting. A load under way continues.</param>
    /// <param name="waits">Whether to wait for a load rather than only start it.</param>
    /// <exception cref="UnknownModelException">No such model is here.</exception>
    /// <exception cref="ModelFailedException">It can't be loaded.</exception>
    /// <exception cref="ModelNotReadyException">It was not loaded in time.</exception>
    public async Task<ModelLease> AcquireAsync(string? id, CancellationToken cancellationToken, bool waits = true)
    {
        if (string.IsNullOrEmpty(id))
        {
            id = catalog.DefaultModel ?? "";
        }

        long started = time.GetTimestamp();
        for (bool first = true; ; first = false)
        {
            lock (entries.Gate)
            {
                if (entries.KnownLocked(id)?.Slot is { } slot)
                {
                    return memory.LeaseLocked(slot);
                }
            }

            var left = _options.LoadWait - time.GetElapsedTime(started);
            if (!first && left <= TimeSpan.Zero)
            {
                throw NoRoom(id);
            }

            var model = catalog.Get(id);
            ModelEntry entry;
            Task loading;
            lock (entries.Gate)
            {
                entry = entries.GetLocked(id);
                if (entry.Slot is { } slot)
                {
                    return memory.LeaseLocked(slot);
                }

                if (entry.Failure is { } failure && time.GetUtcNow() - entry.FailedAt < _options.FailedLoadRetry)
                {
                    throw new ModelFailedException(id, failure) { LacksRoom = entry.LacksRoom };
                }

                loading = entry.Loading ?? loader.StartLocked(entry, model);
                if (!waits)
                {
                    throw BeingLoadedLocked(entry);
                }
            }
            await WaitForLoadAsync(entry, loading, left, cancellationToken);
        }
    }

    /// <summary>Loads a model, or waits for the load under way. An earlier failure does not count.</summary>
    /// <inheritdoc cref="AcquireAsync" path="/exception"/>
    public async Task LoadAsync(string id, CancellationToken cancellationToken)
    {
        var model = catalog.Get(id);
        Task loading;
        ModelEntry entry;
        lock (entries.Gate)
        {
            entry = entries.GetLocked(id);
            if (entry.Slot is not null)
            {
                return;
            }

            if (entry.Loading is null)
            {
                entry.Failure = null;
            }

            loading = entry.Loading ?? loader.StartLocked(entry, model);
        }
        await WaitForLoadAsync(entry, loading, _options.LoadWait, cancellationToken);
        lock (entries.Gate)
        {
            if (entry.Slot is null)
            {
                throw NoRoom(id);
            }
        }
    }

    /// <summary>Starts loading a model without waiting. A failure is remembered, as always.</summary>
    public void BeginLoad(string id)
    {
        var model = catalog.Get(id);
        lock (entries.Gate)
        {
            var entry = entries.GetLocked(id);
            if (entry.Slot is null && entry.Loading is null)
            {
                loader.StartLocked(entry, model);
            }
        }
    }

    /// <summary>Unloads a model once its captions under way are done. Does nothing if it is not loaded.</summary>
    /// <exception cref="UnknownModelException">No such model is here.</exception>
    public async Task UnloadAsync(string id, CancellationToken cancellationToken)
    {
        _ = catalog.Get(id);
        LoadedSlot? slot;
        Task? loading;
        lock (entries.Gate)
        {
            loading = entries.KnownLocked(id)?.Loading;
        }

        if (loading is not null)
        {
            await loading.WaitAsync(cancellationToken);
        }

        lock (entries.Gate)
        {
            slot = entries.KnownLocked(id)?.Slot;
            if (slot is not null)
            {
                memory.DetachLocked(slot, "asked to");
            }
        }
        if (slot is null)
        {
            return;
        }

        await slot.Gone.Task.WaitAsync(cancellationToken);
    }

    /// <summary>The ids of the models that are loaded at startup.</summary>
    public IReadOnlyList<string> WarmModels() => [.. catalog.All().Where(model => model.Warm).Select(model => model.Id)];

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await loader.StopAsync();
        await memory.EmptyAsync();
    }

    private async Task WaitForLoadAsync(ModelEntry entry, Task loading, TimeSpan wait, CancellationToken cancellationToken)
    {
        try
        {
            if (wait > TimeSpan.Zero)
            {
                await loading.WaitAsync(wait, time, cancellationToken);
            }
        }
        catch (TimeoutException)
        {
            // Reported below.
        }
        lock (entries.Gate)
        {
            // After this load, another one may have started: the model was loaded and unloaded again. That one is not ours to
            // report.
            if (entry.Slot is not null || entry.Loading is { } current && current != loading)
            {
                return;
            }

            if (entry.Loading is not null)
            {
                throw BeingLoadedLocked(entry);
            }

            if (entry.Failure is { } failure)
            {
                throw new ModelFailedException(entry.Id, failure) { LacksRoom = entry.LacksRoom };
            }
        }
    }

    private static ModelNotReadyException NoRoom(string id) =>
        new($"There is no room for the model '{id}' while busy models use the memory. Try again later.", TimeSpan.FromSeconds(1));

    private ModelNotReadyException BeingLoadedLocked(ModelEntry entry) =>
        new($"The model '{entry.Id}' is being loaded. Try again later.", RetryAfterLocked(entry), isLoading: true);

    private TimeSpan RetryAfterLocked(ModelEntry entry)
    {
        // Before the first load only the size is known. A hundred megabytes a second is a slow disk.
        var expected = entry.LoadTime ?? TimeSpan.FromSeconds(2 + (entry.MemoryBytes ?? 0) / 100e6);
        var left = expected - (time.GetUtcNow() - entry.LoadStarted);
        return left < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : left;
    }
}
