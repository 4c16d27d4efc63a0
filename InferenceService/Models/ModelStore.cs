using System.Diagnostics.CodeAnalysis;
using ImageToText.Captioning;
using ImageToText.Captioning.Preprocessing;
using ImageToText.Contracts;
using ImageToText.InferenceService.Caching;
using ImageToText.InferenceService.Uploads;
using Microsoft.Extensions.Options;

namespace ImageToText.InferenceService.Models;

/// <summary>
/// The loaded models. Models are loaded one after the other, each once however many callers ask. When memory runs short, the
/// least recently used idle model is unloaded. A model in use is unloaded only after its last caption, and a warm model only when
/// told to.
/// </summary>
internal sealed partial class ModelStore : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ModelEntry> _entries = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _loadTurn = new(1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ModelCatalog _catalog;
    private readonly ICaptionerLoader _loader;
    private readonly ModelStoreOptions _options;
    private readonly ImageLimits _imageLimits;
    private readonly RedisPictureCache _pictureCache;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger<ModelStore> _logger;
    private TaskCompletionSource _roomChanged = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _stateChanged = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _used;
    private long _uses;

    public ModelStore(
        ModelCatalog catalog,
        ICaptionerLoader loader,
        IOptions<ModelStoreOptions> options,
        IOptions<UploadOptions> uploads,
        RedisPictureCache pictureCache,
        TimeProvider time,
        ILoggerFactory loggers
    )
    {
        _catalog = catalog;
        _loader = loader;
        _options = options.Value;
        _imageLimits = uploads.Value.ToImageLimits();
        _pictureCache = pictureCache;
        _time = time;
        _loggers = loggers;
        _logger = loggers.CreateLogger<ModelStore>();
        MemoryBudget = _options.MemoryBudgetMiB is { } megabytes
            ? megabytes * 1024L * 1024
            : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;
    }

    /// <summary>Bytes that all loaded models together may take.</summary>
    public long MemoryBudget { get; }

    /// <summary>Bytes that loaded models take, plus what those being loaded are expected to take.</summary>
    public long MemoryUsed
    {
        get
        {
            lock (_gate)
            {
                return _used;
            }
        }
    }

    /// <summary>Completes when a model next starts or finishes loading, or is unloaded.</summary>
    public Task StateChanged
    {
        get
        {
            lock (_gate)
            {
                return _stateChanged.Task;
            }
        }
    }

    /// <summary>The model for requests that name none; empty: there is none.</summary>
    public string DefaultModel => _catalog.DefaultModel ?? "";

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
            id = DefaultModel;
        }

        long started = _time.GetTimestamp();
        for (bool first = true; ; first = false)
        {
            lock (_gate)
            {
                if (_entries.TryGetValue(id, out var known) && known.Slot is { } slot)
                {
                    return LeaseLocked(slot);
                }
            }

            var left = _options.LoadWait - _time.GetElapsedTime(started);
            if (!first && left <= TimeSpan.Zero)
            {
                throw NoRoom(id);
            }

            var model = Find(id);
            ModelEntry entry;
            Task loading;
            lock (_gate)
            {
                entry = EntryLocked(id);
                if (entry.Slot is { } slot)
                {
                    return LeaseLocked(slot);
                }

                if (entry.Failure is { } failure && _time.GetUtcNow() - entry.FailedAt < _options.FailedLoadRetry)
                {
                    throw new ModelFailedException(id, failure) { LacksRoom = entry.LacksRoom };
                }

                loading = entry.Loading ?? StartLoadLocked(entry, model);
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
        var model = Find(id);
        Task loading;
        ModelEntry entry;
        lock (_gate)
        {
            entry = EntryLocked(id);
            if (entry.Slot is not null)
            {
                return;
            }

            if (entry.Loading is null)
            {
                entry.Failure = null;
            }

            loading = entry.Loading ?? StartLoadLocked(entry, model);
        }
        await WaitForLoadAsync(entry, loading, _options.LoadWait, cancellationToken);
        lock (_gate)
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
        var model = Find(id);
        lock (_gate)
        {
            var entry = EntryLocked(id);
            if (entry.Slot is null && entry.Loading is null)
            {
                StartLoadLocked(entry, model);
            }
        }
    }

    /// <summary>Unloads a model once its captions under way are done. Does nothing if it is not loaded.</summary>
    /// <exception cref="UnknownModelException">No such model is here.</exception>
    public async Task UnloadAsync(string id, CancellationToken cancellationToken)
    {
        _ = Find(id);
        LoadedSlot? slot;
        Task? loading;
        lock (_gate)
        {
            loading = _entries.GetValueOrDefault(id)?.Loading;
        }

        if (loading is not null)
        {
            await loading.WaitAsync(cancellationToken);
        }

        lock (_gate)
        {
            slot = _entries.GetValueOrDefault(id)?.Slot;
            if (slot is not null)
            {
                DetachLocked(slot);
            }
        }
        if (slot is null)
        {
            return;
        }

        Log.Unloading(_logger, id, "asked to");
        await slot.Gone.Task.WaitAsync(cancellationToken);
    }

    /// <summary>The ids of the models that are loaded at startup.</summary>
    public IReadOnlyList<string> WarmModels() => [.. _catalog.All().Where(model => model.Warm).Select(model => model.Id)];

    /// <summary>All models and their states.</summary>
    public ServedModels Describe()
    {
        var models = _catalog.All();
        lock (_gate)
        {
            return new ServedModels(DefaultModel, MemoryBudget, _used, [.. models.Select(DescribeLocked)]);
        }
    }

    /// <summary>One model and its state.</summary>
    /// <exception cref="UnknownModelException">No such model is here.</exception>
    public ServedModel Describe(string id)
    {
        var model = Find(id);
        lock (_gate)
        {
            return DescribeLocked(model);
        }
    }

    /// <summary>Counts of loaded, loading and failed models, and of their requests.</summary>
    public ModelStoreActivity Activity()
    {
        lock (_gate)
        {
            var activity = new ModelStoreActivity();
            foreach (var entry in _entries.Values)
            {
                if (entry.Slot is { } slot)
                {
                    activity.Loaded++;
                    activity.Leases += slot.Leases;
                }
                else if (entry.Loading is not null)
                {
                    activity.Loading++;
                }
                else if (entry.Failure is not null)
                {
                    activity.Failed++;
                }
            }
            return activity;
        }
    }

    /// <summary>The loaded models, with how busy each one is.</summary>
    public IReadOnlyList<(LoadedModel Model, CaptionerLoad Load)> Loaded()
    {
        lock (_gate)
        {
            return
            [
                .. _entries
                    .Values.Select(entry => entry.Slot)
                    .OfType<LoadedSlot>()
                    .Select(slot => (slot.Captioner.Model, slot.Captioner.Load)),
            ];
        }
    }

    /// <summary>Called when a lease ends.</summary>
    internal void Release(LoadedSlot slot)
    {
        lock (_gate)
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
            else if (_used > MemoryBudget && !slot.Warm)
            {
                DetachLocked(slot);
            }
            else
            {
                SignalRoomLocked();
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        Task[] loads;
        lock (_gate)
        {
            loads = [.. _entries.Values.Select(entry => entry.Loading).OfType<Task>()];
        }

        await Task.WhenAll(loads);

        LoadedSlot[] slots;
        lock (_gate)
        {
            slots = [.. _entries.Values.Select(entry => entry.Slot).OfType<LoadedSlot>()];
            foreach (var slot in slots)
            {
                DetachLocked(slot);
            }
        }
        foreach (var slot in slots)
        {
            await slot.Gone.Task;
        }

        _stopping.Dispose();
        _loadTurn.Dispose();
    }

    private async Task WaitForLoadAsync(ModelEntry entry, Task loading, TimeSpan wait, CancellationToken cancellationToken)
    {
        try
        {
            if (wait > TimeSpan.Zero)
            {
                await loading.WaitAsync(wait, _time, cancellationToken);
            }
        }
        catch (TimeoutException)
        {
            // Reported below.
        }
        lock (_gate)
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
        new($"No room for the model '{id}' while busy models take the memory. Try again later.", TimeSpan.FromSeconds(1));

    private ModelNotReadyException BeingLoadedLocked(ModelEntry entry) =>
        new($"The model '{entry.Id}' is being loaded. Try again later.", RetryAfterLocked(entry)) { IsLoading = true };

    private TimeSpan RetryAfterLocked(ModelEntry entry)
    {
        // Before the first load only the size is known. A hundred megabytes a second is a slow disk.
        var expected = entry.LoadTime ?? TimeSpan.FromSeconds(2 + (entry.MemoryBytes ?? 0) / 100e6);
        var left = expected - (_time.GetUtcNow() - entry.LoadStarted);
        return left < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : left;
    }

    private ModelLease LeaseLocked(LoadedSlot slot)
    {
        slot.Leases++;
        slot.LastUse = ++_uses;
        return new ModelLease(this, slot);
    }

    /// <summary>Finds a model anywhere on this machine, or one that only the configuration knows.</summary>
    private StoredModel Find(string id) =>
        _catalog.Find(id) ?? throw new UnknownModelException(id, [.. _catalog.All().Select(model => model.Id)]);

    private ModelEntry EntryLocked(string id)
    {
        if (!_entries.TryGetValue(id, out var entry))
        {
            _entries[id] = entry = new ModelEntry(id);
        }

        return entry;
    }

    private Task StartLoadLocked(ModelEntry entry, StoredModel model)
    {
        ObjectDisposedException.ThrowIf(_stopping.IsCancellationRequested, this);
        entry.Failure = null;
        entry.LoadStarted = _time.GetUtcNow();
        entry.MemoryBytes ??= model.WeightBytes;
        SignalStateLocked();
        return entry.Loading = Task.Run(() => LoadAsync(entry, model));
    }

    private async Task LoadAsync(ModelEntry entry, StoredModel model)
    {
        string? failure = null;
        ICaptioner? captioner = null;
        long reserved = 0;
        bool turn = false;
        bool lacksRoom = false;
        try
        {
            await _loadTurn.WaitAsync(_stopping.Token);
            turn = true;
            if (model.Path is null)
            {
                throw new ModelUnusableException($"it is not on this machine. Download it first: imagetotext models pull {entry.Id}");
            }

            long needed = entry.MemoryBytes ?? 0;
            if (!await MakeRoomAsync(entry, model, needed))
            {
                return;
            }

            reserved = needed;

            long started = _time.GetTimestamp();
            lock (_gate)
            {
                entry.LoadStarted = _time.GetUtcNow();
            }

            captioner = await _loader.LoadAsync(model.Path, EngineOptions(model), _stopping.Token);
            var took = _time.GetElapsedTime(started);
            lock (_gate)
            {
                entry.MemoryBytes = captioner.Model.MemoryBytes;
                _used += captioner.Model.MemoryBytes - reserved;
                reserved = captioner.Model.MemoryBytes;
                entry.LoadTime = took;
            }
            // The files suggested less than the model takes, so others are unloaded, or it is.
            if (!await MakeRoomAsync(entry, model, 0))
            {
                return;
            }

            lock (_gate)
            {
                entry.Slot = new LoadedSlot(entry, captioner, model.Warm) { LastUse = ++_uses };
                captioner = null;
                reserved = 0;
            }
            Log.Loaded(_logger, entry.Id, took.TotalSeconds, (entry.MemoryBytes ?? 0) / 1048576.0);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The node is stopping.
        }
        catch (ModelUnusableException fault)
        {
            failure = fault.Message;
            lacksRoom = fault.LacksRoom;
            Log.Unusable(_logger, entry.Id, failure);
        }
        catch (CaptioningException fault) when (fault is ModelFormatException or EngineUnavailableException)
        {
            failure = fault.Message;
            Log.Unusable(_logger, entry.Id, failure);
        }
#pragma warning disable CA1031 // Whatever a native library throws, the node goes on and says why this model can't be used.
        catch (Exception fault)
        {
            failure = fault.Message;
            Log.LoadFailed(_logger, fault, entry.Id);
        }
#pragma warning restore CA1031
        finally
        {
            if (captioner is not null)
            {
                await captioner.DisposeAsync();
            }

            lock (_gate)
            {
                _used -= reserved;
                if (failure is not null)
                {
                    entry.Failure = failure;
                    entry.LacksRoom = lacksRoom;
                    entry.FailedAt = _time.GetUtcNow();
                }
                entry.Loading = null;
                SignalRoomLocked();
                SignalStateLocked();
            }
            if (turn)
            {
                _loadTurn.Release();
            }
        }
    }

    /// <summary>
    /// Reserves memory. Idle models are unloaded for it, and busy ones are waited for as long as a request would wait.
    /// </summary>
    /// <returns>False if busy models kept it.</returns>
    /// <exception cref="ModelUnusableException">
    /// It would not fit beside the warm models even if all others were unloaded.
    /// </exception>
    private async Task<bool> MakeRoomAsync(ModelEntry entry, StoredModel model, long bytes)
    {
        long started = _time.GetTimestamp();
        while (true)
        {
            LoadedSlot? leaving;
            Task room;
            lock (_gate)
            {
                if (_used + bytes <= MemoryBudget)
                {
                    _used += bytes;
                    return true;
                }
                long needed = Math.Max(bytes, entry.MemoryBytes ?? 0);
                long kept = _entries
                    .Values.Select(known => known.Slot)
                    .OfType<LoadedSlot>()
                    .Where(slot => slot.Warm)
                    .Sum(slot => slot.MemoryBytes);
                if (needed + kept > MemoryBudget)
                {
                    throw new ModelUnusableException(
                        $"it takes {Megabytes(needed)} MiB, and of the memory budget of {Megabytes(MemoryBudget)} MiB ({ModelStoreOptions.Section}:{nameof(ModelStoreOptions.MemoryBudgetMiB)}) "
                            + $"{Megabytes(MemoryBudget - kept)} MiB are left beside the models that are kept warm."
                    )
                    {
                        LacksRoom = true,
                    };
                }
                leaving = _entries
                    .Values.Select(known => known.Slot)
                    .OfType<LoadedSlot>()
                    .Where(slot => slot is { Leases: 0, Warm: false })
                    .MinBy(slot => slot.LastUse);
                if (leaving is not null)
                {
                    Log.Unloading(_logger, leaving.Entry.Id, $"room for {model.Id}");
                    DetachLocked(leaving);
                }
                room = _roomChanged.Task;
            }
            if (leaving is not null)
            {
                await leaving.Gone.Task.WaitAsync(_stopping.Token);
                continue;
            }
            var wait = _options.LoadWait - _time.GetElapsedTime(started);
            if (wait <= TimeSpan.Zero)
            {
                return false;
            }

            try
            {
                await room.WaitAsync(wait, _time, _stopping.Token);
            }
            catch (TimeoutException)
            {
                return false;
            }
        }
    }

    private static long Megabytes(long bytes) => bytes / 1048576;

    private void DetachLocked(LoadedSlot slot)
    {
        slot.Leaving = true;
        slot.Entry.Slot = null;
        SignalStateLocked();
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
            Log.DisposeFailed(_logger, fault, slot.Entry.Id);
        }
        lock (_gate)
        {
            _used -= bytes;
            SignalRoomLocked();
        }
        slot.Gone.TrySetResult();
    }

    private void SignalRoomLocked()
    {
        _roomChanged.TrySetResult();
        _roomChanged = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private void SignalStateLocked()
    {
        _stateChanged.TrySetResult();
        _stateChanged = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private CaptionerOptions EngineOptions(StoredModel model) =>
        new()
        {
            ModelId = model.Id,
            Precision = model.Precision ?? _options.Precision,
            Gray = model.Gray,
            Tiles = model.Tiles,
            Provider = model.Provider ?? _options.Provider,
            Threads = _options.Threads,
            MaxBatchRows = _options.MaxBatchRows,
            MaxBatchImages = _options.MaxBatchImages,
            MaxEncodingBatch = _options.MaxEncodingBatch,
            QueueCapacity = _options.QueueCapacity,
            EmbeddingBytes = _options.EmbeddingMemoryMiB * 1024L * 1024,
            KeyValueBytes = _options.KeyValueMemoryMiB * 1024L * 1024,
            HubCacheFolder = _options.HubCacheFolder,
            PictureCache = _pictureCache.IsUsed ? _pictureCache : null,
            ImageLimits = _imageLimits,
            TimeProvider = _time,
            LoggerFactory = _loggers,
        };

    private ServedModel DescribeLocked(StoredModel model)
    {
        var entry = _entries.GetValueOrDefault(model.Id);
        var described = new ServedModel
        {
            Id = model.Id,
            State = entry switch
            {
                { Slot: not null } => ServedModelState.Loaded,
                { Loading: not null } => ServedModelState.Loading,
                { Failure: not null } => ServedModelState.Error,
                _ => ServedModelState.OnDemand,
            },
            Warm = model.Warm,
            Source = model.Source.ToString().ToLowerInvariant(),
            Error = entry?.Failure,
            MemoryBytes = entry?.MemoryBytes ?? model.WeightBytes,
            LoadSeconds = entry?.LoadTime?.TotalSeconds,
        };
        if (entry?.Slot is not { } slot)
        {
            return described;
        }

        var (loaded, load) = (slot.Captioner.Model, slot.Captioner.Load);
        return described with
        {
            Revision = loaded.Revision,
            Architecture = loaded.Architecture,
            Precision = loaded.Precision.ToString().ToLowerInvariant(),
            Provider = loaded.Provider,
            ImageSize = loaded.ImageSize,
            Parameters = loaded.Parameters,
            Waiting = load.Waiting,
            Running = load.Running,
            QueueCapacity = load.QueueCapacity,
        };
    }

    /// <summary>Why a model can't be used, as the end of a sentence.</summary>
    private sealed class ModelUnusableException(string reason) : Exception(reason)
    {
        /// <summary>Whether the cause is that this node has no room for it.</summary>
        public bool LacksRoom { get; init; }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Loaded the model {Model} in {Seconds:0.00} s; it takes {MiB:0} MiB")]
        public static partial void Loaded(ILogger logger, string model, double seconds, double miB);

        [LoggerMessage(2, LogLevel.Information, "Unloading the model {Model}: {Reason}")]
        public static partial void Unloading(ILogger logger, string model, string reason);

        [LoggerMessage(3, LogLevel.Error, "The model {Model} can't be used: {Reason}")]
        public static partial void Unusable(ILogger logger, string model, string reason);

        [LoggerMessage(4, LogLevel.Error, "The model {Model} could not be loaded")]
        public static partial void LoadFailed(ILogger logger, Exception fault, string model);

        [LoggerMessage(5, LogLevel.Warning, "The model {Model} could not be unloaded cleanly")]
        public static partial void DisposeFailed(ILogger logger, Exception fault, string model);
    }
}

/// <summary>Counts of models by state, and of captions under way.</summary>
internal record struct ModelStoreActivity
{
    public int Loaded { get; set; }

    public int Loading { get; set; }

    public int Failed { get; set; }

    public int Leases { get; set; }
}
