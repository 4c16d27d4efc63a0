using System.ComponentModel.DataAnnotations;
using ImageToText.Captioning;
using ImageToText.ServiceDefaults.Validation;

namespace ImageToText.InferenceService.Models;

/// <summary>Which models a node serves and how: <c>Inference</c>.</summary>
public sealed class ModelStoreOptions : IValidatableObject
{
    /// <summary>The configuration section of these options.</summary>
    public const string Section = "Inference";

    /// <summary>
    /// The model for requests that name none; null: the first of <see cref="Models"/>, else the starter, else the first found.
    /// </summary>
    public string? DefaultModel { get; set; }

    /// <summary>
    /// The models in the configuration. Models that are only found on disk are loaded when someone asks for them.
    /// </summary>
    public IList<ModelOptions> Models { get; } = [];

    /// <summary>Ids of more models to load at startup and keep loaded.</summary>
    public IList<string> Warm { get; } = [];

    /// <summary>A folder of model folders, NAME or ORG/NAME; null: ImageToText/models in the user's local data folder.</summary>
    public string? ModelsFolder { get; set; }

    /// <summary>A Hugging Face hub cache; null: HF_HUB_CACHE, HF_HOME/hub or the user's ~/.cache/huggingface/hub.</summary>
    public string? HubCacheFolder { get; set; }

    /// <summary>Whether the starter model, which comes with the program, is served.</summary>
    public bool Starter { get; set; } = true;

    /// <summary>Where the starter model is; null: models/starter beside the program.</summary>
    public string? StarterFolder { get; set; }

    /// <summary>
    /// How much memory all loaded models together may take, in MiB (2^20 bytes); null: half of what the process may use.
    /// </summary>
    [AtLeast(1)]
    public int? MemoryBudgetMiB { get; set; }

    /// <summary>How long a request waits for its model to load before it is told when to try again.</summary>
    [AtLeast("00:00:00", ErrorMessage = "give a time span of zero or more, such as 00:00:30.")]
    public TimeSpan LoadWait { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a failed load is remembered before a request tries again.</summary>
    [AtLeast("00:00:00", ErrorMessage = "give a time span of zero or more, such as 00:01:00.")]
    public TimeSpan FailedLoadRetry { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The number format for models that don't set their own.</summary>
    public Precision Precision { get; set; } = Precision.F32;

    /// <summary>Where models run that don't set their own.</summary>
    public ProviderChoice Provider { get; set; } = ProviderChoice.Auto;

    /// <summary>CPU threads that one operator may use; 0: one per core.</summary>
    [AtLeast(0, ErrorMessage = "give 0 (one per core) or more.")]
    public int Threads { get; set; }

    /// <summary>
    /// On a GPU: whether a model's decoding steps are recorded as CUDA graphs. Not run on a GPU yet, so off unless you turn it on. Models
    /// that read pictures as text (GIT, SmolVLM, BLIP-2) have none. Meant for nodes with one model: while another model allocates memory,
    /// recording may fail, and the model goes on without.
    /// </summary>
    public bool CudaGraphs { get; set; }

    /// <summary>
    /// Where weights derived from a model's own are kept, in eight bits or with an adapter; null: ImageToText/cache in the user's local
    /// data folder.
    /// </summary>
    public string? CacheFolder { get; set; }

    /// <summary>
    /// Rows in a model's running batch (a row is a sequence; each beam counts as one). At least 16, which is the most that one
    /// request may ask for.
    /// </summary>
    [AtLeast(GenerationDefaults.MaxRows, ErrorMessage = "give 16 or more, as many as one request may ask for.")]
    public int MaxBatchRows { get; set; } = 32;

    /// <summary>Pictures in a model's running batch.</summary>
    [AtLeast(1)]
    public int MaxBatchImages { get; set; } = 8;

    /// <summary>
    /// Pictures that may be encoded in one run, as far as it is measured to pay; null: 8 on a GPU, 1 on a CPU. In eight bits always 1.
    /// </summary>
    [AtLeast(1)]
    public int? MaxEncodingBatch { get; set; }

    /// <summary>How many requests may wait for one model before more are refused.</summary>
    [AtLeast(1)]
    public int QueueCapacity { get; set; } = 64;

    /// <summary>
    /// Megabytes (2^20 bytes) that each model's encodings of recent pictures may take, so that another prompt for one needs no
    /// encoding; 0: none are kept.
    /// </summary>
    [AtLeast(0, ErrorMessage = "give 0 (none) or more.")]
    public int EmbeddingMemoryMiB { get; set; } = 64;

    /// <summary>
    /// Megabytes (2^20 bytes) that the keys and values of pictures and texts may take in each model that reads pictures as text (GIT,
    /// SmolVLM, BLIP-2); requests that do not fit wait.
    /// </summary>
    [AtLeast(1)]
    public int KeyValueMemoryMiB { get; set; } = 1024;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < Models.Count; i++)
        {
            var model = Models[i];
            if (model.Folder is { } folder && !Directory.Exists(folder))
            {
                yield return new($"{Section}:Models:{i}:Folder is '{folder}': there is no such folder.");
            }

            if (string.IsNullOrWhiteSpace(model.Id) && string.IsNullOrWhiteSpace(model.Folder))
            {
                yield return new($"{Section}:Models:{i}: give an Id, a Folder or both.");
            }
            else if (!ModelId.IsValid(ModelId.Of(model)))
            {
                yield return new(
                    $"{Section}:Models:{i}:Id is '{ModelId.Of(model)}': write NAME or ORG/NAME in letters, digits, '.', '_' and '-'."
                );
            }
            else if (!ids.Add(ModelId.Of(model)))
            {
                yield return new(
                    $"{Section}:Models:{i}:Id is '{ModelId.Of(model)}', which another model has already: give each model its own Id."
                );
            }
        }
        for (int i = 0; i < Warm.Count; i++)
        {
            if (!ModelId.IsValid(Warm[i]))
            {
                yield return new($"{Section}:Warm:{i} is '{Warm[i]}': write NAME or ORG/NAME.");
            }
        }

        if (DefaultModel is { } fallback && !ModelId.IsValid(fallback))
        {
            yield return new($"{Section}:{nameof(DefaultModel)} is '{fallback}': write NAME or ORG/NAME.");
        }

        if (StarterFolder is { } starter && Starter && !Directory.Exists(starter))
        {
            yield return new($"{Section}:{nameof(StarterFolder)} is '{starter}': there is no such folder.");
        }
    }
}

/// <summary>One model of the configuration.</summary>
public sealed class ModelOptions
{
    /// <summary>Its id; null: the folder's name.</summary>
    public string? Id { get; set; }

    /// <summary>Its folder; null: where the models folder or the hub cache has this id.</summary>
    public string? Folder { get; set; }

    /// <summary>Load it at startup and keep it loaded.</summary>
    public bool Warm { get; set; } = true;

    /// <summary>Its number format; null: the node's.</summary>
    public Precision? Precision { get; set; }

    /// <summary>Take the colours out of pictures first, as is usual with models that read printed lines or manga.</summary>
    public bool Gray { get; set; }

    /// <summary>
    /// Whether a model that can see pictures in tiles (SmolVLM) does so; null: as its files say. Each tile takes a whole view's time.
    /// </summary>
    public bool? Tiles { get; set; }

    /// <summary>The languages that it writes, as tags such as <c>en</c>; empty: those that its card (README.md) names.</summary>
    public IList<string> Languages { get; } = [];

    /// <summary>Where it runs; null: the node's choice.</summary>
    public ProviderChoice? Provider { get; set; }
}
