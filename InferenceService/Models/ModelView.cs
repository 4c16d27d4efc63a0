using ImageToText.Captioning;
using ImageToText.Contracts;

namespace ImageToText.InferenceService.Models;

/// <summary>What the node says of its models: which it has, in what state each is, and how busy.</summary>
internal sealed class ModelView(ModelCatalog catalog, ModelEntries entries, ModelMemory memory)
{
    /// <summary>The model for requests that name none; empty: there is none.</summary>
    public string DefaultModel => catalog.DefaultModel ?? "";

    /// <summary>Bytes that all loaded models together may take.</summary>
    public long MemoryBudget => memory.Budget;

    /// <summary>Bytes that loaded models take, plus what those being loaded are expected to take.</summary>
    public long MemoryUsed => memory.Used;

    /// <inheritdoc cref="ModelEntries.StateChanged"/>
    public Task StateChanged => entries.StateChanged;

    /// <summary>All models and their states.</summary>
    public ServedModels Describe()
    {
        var models = catalog.All();
        long used = memory.Used;
        lock (entries.Gate)
        {
            return new ServedModels(DefaultModel, memory.Budget, used, [.. models.Select(DescribeLocked)]);
        }
    }

    /// <summary>One model and its state.</summary>
    /// <exception cref="UnknownModelException">No such model is here.</exception>
    public ServedModel Describe(string id)
    {
        var model = catalog.Get(id);
        lock (entries.Gate)
        {
            return DescribeLocked(model);
        }
    }

    /// <summary>Counts of loaded, loading and failed models, and of their requests.</summary>
    public ModelStoreActivity Activity()
    {
        lock (entries.Gate)
        {
            var activity = new ModelStoreActivity();
            foreach (var entry in entries.AllLocked)
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
        lock (entries.Gate)
        {
            return [.. entries.SlotsLocked.Select(slot => (slot.Captioner.Model, slot.Captioner.Load))];
        }
    }

    private ServedModel DescribeLocked(StoredModel model)
    {
        var entry = entries.KnownLocked(model.Id);
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
            PromptUse = (entry?.Slot?.Captioner.Model.PromptUse ?? model.PromptUse) is { } use
                ? Enum.Parse<Contracts.PromptUse>(use.ToString())
                : null,
            Languages = model.Languages is { Count: > 0 } languages ? languages : null,
            Tiles = (entry?.Slot is { } loadedSlot ? loadedSlot.Captioner.Model.Tiles : model.PictureTiles) is { } tiles
                ? new Contracts.Prices.PictureTiles(tiles.Side, tiles.LongestEdge)
                : null,
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
}

/// <summary>Counts of models by state, and of captions under way.</summary>
internal record struct ModelStoreActivity
{
    public int Loaded { get; set; }

    public int Loading { get; set; }

    public int Failed { get; set; }

    public int Leases { get; set; }
}
