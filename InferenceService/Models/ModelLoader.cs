using ImageToText.Captioning;
using ImageToText.Captioning.Preprocessing;
using ImageToText.InferenceService.Caching;
using ImageToText.InferenceService.Uploads;
using Microsoft.Extensions.Options;

namespace ImageToText.InferenceService.Models;

/// <summary>Loads models, one after the other, each once however many ask; remembers why one could not be loaded.</summary>
internal sealed partial class ModelLoader(
    ModelEntries entries,
    ModelMemory memory,
    ICaptionerLoader loader,
    IOptions<ModelStoreOptions> options,
    IOptions<UploadOptions> uploads,
    RedisPictureCache pictureCache,
    TimeProvider time,
    ILoggerFactory loggers,
    ILogger<ModelLoader> logger
) : IDisposable
{
    private readonly SemaphoreSlim _loadTurn = new(1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ModelStoreOptions _options = options.Value;
    private readonly ImageLimits _imageLimits = uploads.Value.ToImageLimits();

    /// <summary>Begins to load a model that is neither loaded nor being loaded.</summary>
    public Task StartLocked(ModelEntry entry, StoredModel model)
    {
        ObjectDisposedException.ThrowIf(_stopping.IsCancellationRequested, this);
        entry.Failure = null;
        entry.LoadStarted = time.GetUtcNow();
        entry.MemoryBytes ??= model.WeightBytes;
        entries.SignalStateLocked();
        return entry.Loading = Task.Run(() => LoadAsync(entry, model));
    }

    /// <summary>Gives up the loads under way, and waits until they are over.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        Task[] loads;
        lock (entries.Gate)
        {
            loads = [.. entries.AllLocked.Select(static entry => entry.Loading).OfType<Task>()];
        }

        await Task.WhenAll(loads);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping.Dispose();
        _loadTurn.Dispose();
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
            if (!await memory.MakeRoomAsync(entry, needed, _stopping.Token))
            {
                return;
            }

            reserved = needed;

            long started = time.GetTimestamp();
            lock (entries.Gate)
            {
                entry.LoadStarted = time.GetUtcNow();
            }

            captioner = await loader.LoadAsync(model.Path, EngineOptions(model), _stopping.Token);
            var took = time.GetElapsedTime(started);
            lock (entries.Gate)
            {
                entry.MemoryBytes = captioner.Model.MemoryBytes;
                memory.ChangeLocked(captioner.Model.MemoryBytes - reserved);
                reserved = captioner.Model.MemoryBytes;
                entry.LoadTime = took;
            }
            // The files suggested less than the model takes, so others are unloaded, or it is.
            if (!await memory.MakeRoomAsync(entry, 0, _stopping.Token))
            {
                return;
            }

            lock (entries.Gate)
            {
                memory.KeepLocked(entry, captioner, model.Warm);
                captioner = null;
                reserved = 0;
            }
            Log.Loaded(logger, entry.Id, took.TotalSeconds, (entry.MemoryBytes ?? 0) / 1048576.0);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The node is stopping.
        }
        catch (ModelUnusableException fault)
        {
            failure = fault.Message;
            lacksRoom = fault.LacksRoom;
            Log.Unusable(logger, entry.Id, failure);
        }
        catch (CaptioningException fault) when (fault is ModelFormatException or EngineUnavailableException)
        {
            failure = fault.Message;
            Log.Unusable(logger, entry.Id, failure);
        }
#pragma warning disable CA1031 // Whatever a native library throws, the node goes on and says why this model can't be used.
        catch (Exception fault)
        {
            failure = fault.Message;
            Log.LoadFailed(logger, fault, entry.Id);
        }
#pragma warning restore CA1031
        finally
        {
            if (captioner is not null)
            {
                await captioner.DisposeAsync();
            }

            lock (entries.Gate)
            {
                memory.ChangeLocked(-reserved);
                if (failure is not null)
                {
                    entry.Failure = failure;
                    entry.LacksRoom = lacksRoom;
                    entry.FailedAt = time.GetUtcNow();
                }
                entry.Loading = null;
                memory.SignalRoomLocked();
                entries.SignalStateLocked();
            }
            if (turn)
            {
                _loadTurn.Release();
            }
        }
    }

    private CaptionerOptions EngineOptions(StoredModel model) =>
        new()
        {
            ModelId = model.Id,
            Precision = model.Precision ?? _options.Precision,
            Gray = model.Gray,
            Tiles = model.Tiles,
            Languages = model.ConfiguredLanguages is { Count: > 0 } languages ? languages : null,
            Provider = model.Provider ?? _options.Provider,
            Threads = _options.Threads,
            CudaGraphs = _options.CudaGraphs,
            CacheFolder = _options.CacheFolder,
            MaxBatchRows = _options.MaxBatchRows,
            MaxBatchImages = _options.MaxBatchImages,
            MaxEncodingBatch = _options.MaxEncodingBatch,
            QueueCapacity = _options.QueueCapacity,
            EmbeddingBytes = _options.EmbeddingMemoryMiB * 1024L * 1024,
            KeyValueBytes = _options.KeyValueMemoryMiB * 1024L * 1024,
            HubCacheFolder = _options.HubCacheFolder,
            PictureCache = pictureCache.IsUsed ? pictureCache : null,
            ImageLimits = _imageLimits,
            TimeProvider = time,
            LoggerFactory = loggers,
        };

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Loaded the model {Model} in {Seconds:0.00} s; it takes {MiB:0} MiB")]
        public static partial void Loaded(ILogger logger, string model, double seconds, double miB);

        [LoggerMessage(3, LogLevel.Error, "The model {Model} can't be used: {Reason}")]
        public static partial void Unusable(ILogger logger, string model, string reason);

        [LoggerMessage(4, LogLevel.Error, "The model {Model} could not be loaded")]
        public static partial void LoadFailed(ILogger logger, Exception fault, string model);
    }
}
