using ImageToText.Captioning;
using ImageToText.InferenceService.Hub;
using Microsoft.Extensions.Options;

namespace ImageToText.InferenceService.Models;

/// <summary>
/// The models on this machine: from the configuration, the starter, the models folder and the hub cache, in this order.
/// </summary>
internal sealed class ModelCatalog
{
    private const string Config = "config.json";

    private readonly ModelStoreOptions _options;
    private readonly Dictionary<string, StoredModel> _configured;
    private readonly string _modelsFolder;
    private readonly string _starterFolder;
    private readonly HubCache _hub;

    public ModelCatalog(IOptions<ModelStoreOptions> options)
    {
        _options = options.Value;
        _modelsFolder =
            _options.ModelsFolder
            ?? Path.Combine(
                Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify),
                "ImageToText",
                "models"
            );
        _starterFolder = _options.StarterFolder ?? Path.Combine(AppContext.BaseDirectory, "models", "starter");
        _hub = new HubCache(_options.HubCacheFolder ?? HubOptions.FromEnvironment().CacheFolder);
        HasStarter = _options.Starter && File.Exists(Path.Combine(_starterFolder, Config));
        _configured = _options.Models.Select(Configured).ToDictionary(model => model.Id, StringComparer.Ordinal);
    }

    private bool HasStarter { get; }

    /// <summary>The model for requests that name none; null: there is no model at all.</summary>
    public string? DefaultModel =>
        _options.DefaultModel
        ?? (
            _options.Models.Count > 0 ? ModelId.Of(_options.Models[0])
            : HasStarter ? ModelId.Starter
            : FirstFound()
        );

    /// <summary>
    /// The model with this id, or null. A model in the configuration is listed even if no folder has it; it then has no path.
    /// This looks on disk, never on the network.
    /// </summary>
    public StoredModel? Find(string id)
    {
        if (_configured.TryGetValue(id, out var configured))
        {
            return configured.Path is null && FindFolder(id) is { } found
                ? configured with
                {
                    Path = found.Path,
                    BasePath = found.BasePath,
                }
                : configured;
        }

        if (!ModelId.IsValid(id))
        {
            return FindRevision(id);
        }

        if (id == ModelId.Starter && HasStarter)
        {
            return Found(id, _starterFolder, ModelSource.Starter);
        }

        return FindFolder(id)
            ?? (id == _options.DefaultModel || _options.Warm.Contains(id) ? Found(id, path: null, ModelSource.Configured) : null);
    }

    /// <summary>The model of this id.</summary>
    /// <exception cref="UnknownModelException">No such model is here.</exception>
    public StoredModel Get(string id) => Find(id) ?? throw new UnknownModelException(id, [.. All().Select(static model => model.Id)]);

    /// <summary>All models, by id.</summary>
    public IReadOnlyList<StoredModel> All()
    {
        var all = new SortedDictionary<string, StoredModel>(StringComparer.Ordinal);
        foreach (string id in _configured.Keys)
        {
            all[id] = Find(id)!;
        }

        if (HasStarter)
        {
            all.TryAdd(ModelId.Starter, Found(ModelId.Starter, _starterFolder, ModelSource.Starter));
        }

        foreach (var model in ListModelsFolder().Concat(ListHub()))
        {
            all.TryAdd(model.Id, model);
        }

        foreach (string? id in _options.Warm.Append(_options.DefaultModel).OfType<string>().Where(id => !all.ContainsKey(id)))
        {
            all[id] = Find(id)!;
        }

        return [.. all.Values];
    }

    private StoredModel Configured(ModelOptions model) =>
        new()
        {
            Id = ModelId.Of(model),
            Path = model.Folder is null ? null : Path.GetFullPath(model.Folder),
            BasePath = BaseOf(model.Folder),
            Source = ModelSource.Configured,
            Warm = model.Warm || _options.Warm.Contains(ModelId.Of(model)),
            Precision = model.Precision,
            Gray = model.Gray,
            Tiles = model.Tiles,
            Provider = model.Provider,
            ConfiguredLanguages = [.. model.Languages],
        };

    private StoredModel Found(string id, string? path, ModelSource source) =>
        new()
        {
            Id = id,
            Path = path,
            BasePath = BaseOf(path),
            Source = source,
            Warm =
                _options.Warm.Contains(id)
                || id == _options.DefaultModel
                || (source is ModelSource.Starter && _options.Models.Count == 0 && _options.DefaultModel is null),
        };

    private string? BaseOf(string? path) =>
        path is not null && AdapterFolder.FindBase(path, _hub.Folder) is { } place && place != path ? place : null;

    private StoredModel? FindFolder(string id)
    {
        string folder = Path.Combine([_modelsFolder, .. id.Split('/')]);
        if (AdapterFolder.FindBase(folder, _hub.Folder) is not null)
        {
            return Found(id, folder, ModelSource.Folder);
        }

        return FindRevision(id);
    }

    // ORG/NAME, or ORG/NAME@REVISION for a revision other than main: only the cache has those.
    private StoredModel? FindRevision(string id) =>
        HubModelReference.TryParse(id, out var reference) && _hub.FindSnapshot(reference) is { } snapshot
            ? Found(id, snapshot, ModelSource.Hub)
            : null;

    private string? FirstFound() =>
        ListModelsFolder().Concat(ListHub()).Select(model => model.Id).Order(StringComparer.Ordinal).FirstOrDefault();

    private IEnumerable<StoredModel> ListModelsFolder()
    {
        if (!Directory.Exists(_modelsFolder))
        {
            yield break;
        }

        foreach (string folder in Directory.EnumerateDirectories(_modelsFolder))
        {
            string name = Path.GetFileName(folder);
            if (!ModelId.IsValid(name))
            {
                continue;
            }

            if (IsCaptioner(folder))
            {
                yield return Found(name, folder, ModelSource.Folder);
            }

            foreach (string inner in Directory.EnumerateDirectories(folder))
            {
                if ($"{name}/{Path.GetFileName(inner)}" is var id && ModelId.IsValid(id) && IsCaptioner(inner))
                {
                    yield return Found(id, inner, ModelSource.Folder);
                }
            }
        }
    }

    // Each snapshot under every name that it has: ORG/NAME for main, ORG/NAME@REVISION for other branches and tags, and the
    // commit if nothing else names it.
    private IEnumerable<StoredModel> ListHub() =>
        from cached in _hub.List()
        where IsCaptioner(cached.Folder)
        from revision in cached.Refs.Count > 0 ? cached.Refs : [cached.Commit]
        let folder = Find(new HubModelReference(cached.Id, revision).ToString())
        where folder is not null
        select folder;

    /// <summary>Other tools keep other models in the same place. Only models that may caption are listed.</summary>
    private bool IsCaptioner(string folder) =>
        AdapterFolder.FindBase(folder, _hub.Folder) is { } place && ModelVerdict.Of(place).IsSupported;
}
