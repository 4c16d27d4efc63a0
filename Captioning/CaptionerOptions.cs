using ImageToText.Captioning.Preprocessing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ImageToText.Captioning;

/// <summary>How to load and run a model.</summary>
public sealed record CaptionerOptions
{
    /// <summary>The model's id; null: the folder's name.</summary>
    public string? ModelId { get; init; }

    /// <summary>The number format of the large matrices.</summary>
    public Precision Precision { get; init; } = Precision.F32;

    /// <summary>Take the colours out of pictures first, as is usual with models that read printed lines or manga.</summary>
    public bool Gray { get; init; }

    /// <summary>
    /// Whether a model that can see a picture in tiles does so: it sees more and takes the longer, a whole view's time for each tile. Null:
    /// as its files say. Another choice gives other captions, and is part of the revision.
    /// </summary>
    public bool? Tiles { get; init; }

    /// <summary>The languages that the model writes, as tags such as en; null: those that its card names.</summary>
    public IReadOnlyList<string>? Languages { get; init; }

    /// <summary>Where to run; <see cref="ProviderChoice.Auto"/>: CUDA where it works, else the CPU.</summary>
    public ProviderChoice Provider { get; init; } = ProviderChoice.Auto;

    /// <summary>CPU threads that one operator may use; 0: one per core.</summary>
    public int Threads { get; init; }

    /// <summary>
    /// Rows in the running batch (a row is a sequence; each beam counts as one). At least as many as one request may ask for
    /// (<see cref="GenerationDefaults.MaxRows"/>).
    /// </summary>
    public int MaxBatchRows { get; init; } = 32;

    /// <summary>Pictures in the running batch.</summary>
    public int MaxBatchImages { get; init; } = 8;

    /// <summary>
    /// The most waiting pictures to encode in one run; measured costs decide how many are. Null: 8 on a GPU, 1 on a CPU, which
    /// gains nothing from more. In eight bits always 1.
    /// </summary>
    public int? MaxEncodingBatch { get; init; }

    /// <summary>
    /// On a GPU: whether the decoder's steps are recorded as CUDA graphs, which spares the processor starting each kernel. It takes GPU
    /// memory for every shape of a batch. Without effect on a CPU, in models that read pictures as text (GIT, SmolVLM, BLIP-2), and where
    /// ONNX Runtime can't record a model, which is logged. Recording may fail so while another model of the process allocates memory.
    /// </summary>
    public bool CudaGraphs { get; init; }

    /// <summary>Requests that may wait before more are refused.</summary>
    public int QueueCapacity { get; init; } = 64;

    /// <summary>What to refuse before decoding.</summary>
    public ImageLimits ImageLimits { get; init; } = new();

    /// <summary>
    /// Where to keep weights derived from a model's own, in eight bits or with an adapter; null: ImageToText/cache in the user's
    /// local data folder.
    /// </summary>
    public string? CacheFolder { get; init; }

    /// <summary>
    /// Where Hugging Face's tools keep models; an adapter's base model is looked up there. Null: where the environment says
    /// (HF_HUB_CACHE, HF_HOME).
    /// </summary>
    public string? HubCacheFolder { get; init; }

    /// <summary>
    /// How many bytes the vision encoder's outputs for recent pictures may take, so that another prompt or option for one of them
    /// needs no encoding; 0: none are kept.
    /// </summary>
    public long EmbeddingBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>
    /// How many bytes the keys and values of pictures and texts may take in models that read pictures as text (GIT, SmolVLM,
    /// BLIP-2). Requests that do not fit wait. Other models take what their batch needs.
    /// </summary>
    public long KeyValueBytes { get; init; } = GenerationDefaults.KeyValueBytes;

    /// <summary>A cache of captions by decoded pixels; null: none.</summary>
    public IPictureCache? PictureCache { get; init; }

    /// <summary>Where the engine logs what its owner should know, such as why a GPU is not used.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>The clock; tests pass their own.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}

/// <summary>Where a model is asked to run.</summary>
public enum ProviderChoice
{
    /// <summary>CUDA if it works, else the CPU with a warning that says why.</summary>
    Auto,

    /// <summary>The CPU.</summary>
    Cpu,

    /// <summary>CUDA, or an error that says what is missing.</summary>
    Cuda,
}
