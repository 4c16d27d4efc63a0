using ImageToText.Captioning.Layers;
using ImageToText.Captioning.Weights;
using ImageToText.Captioning.Weights.Quantization;

namespace ImageToText.Captioning.Execution;

/// <summary>How to run a model: its graphs and their sizes, before anything is loaded.</summary>
internal abstract record ExecutionPlan
{
    private IReadOnlyDictionary<string, TensorUse>? _uses;

    /// <summary>The model's input height in pixels.</summary>
    public abstract int ImageHeight { get; }

    /// <summary>The model's input width in pixels.</summary>
    public abstract int ImageWidth { get; }

    /// <summary>Number of ids.</summary>
    public abstract int VocabularySize { get; }

    /// <summary>Longest text, start id and prompt included.</summary>
    public abstract int MaxPositions { get; }

    /// <summary>The numbers that a picture takes in the running batch.</summary>
    public abstract long NumbersPerPicture { get; }

    /// <summary>The maximum number of tokens of a picture and what precedes it, if they are part of the text.</summary>
    public virtual int MaxPrefix => 0;

    /// <summary>The same for pictures with several views.</summary>
    /// <param name="most">The maximum number of views.</param>
    public virtual ExecutionPlan WithViews(int most) => this;

    /// <summary>The maximum bytes for the state of a running batch, besides the weights.</summary>
    public virtual long StateBytes(ExecutionOptions options) => NumbersPerPicture * sizeof(float) * options.Capacity.Pictures;

    /// <summary>Every tensor that its graphs use.</summary>
    public IReadOnlyDictionary<string, TensorUse> Uses => _uses ??= ListUses();

    /// <summary>Number of parameters that its graphs use.</summary>
    public long Parameters => Uses.Values.Sum(static use => use.Count);

    /// <summary>Bytes that they take in a number format.</summary>
    public long WeightBytes(Precision precision) => Uses.Values.Sum(use => use.BytesIn(precision));

    /// <summary>The eight-bit form of each of the checkpoint's tensors. What no graph uses is left out.</summary>
    public EightBitForm EightBitForms(TensorEntry tensor) =>
        Uses.TryGetValue(tensor.Name, out var use) ? use.EightBits : EightBitForm.Absent;

    /// <summary>Checks whether a checkpoint holds what the graphs use, before anything is loaded.</summary>
    /// <exception cref="ModelFormatException">A tensor is missing or has another shape.</exception>
    public void Check(Checkpoint checkpoint)
    {
        foreach (var use in Uses.Values)
        {
            checkpoint.Get(use.Name, [.. use.Shape]);
        }
    }

    /// <summary>Compiles and loads it.</summary>
    /// <param name="weights">The weights, in eight bits if that is the precision.</param>
    /// <param name="device">Where it runs.</param>
    /// <param name="options">How to load it.</param>
    /// <param name="cancellationToken">Stops before the next part.</param>
    /// <exception cref="ModelFormatException">A tensor is missing or has another shape.</exception>
    public abstract Task<IBatchModel> LoadAsync(
        Checkpoint weights,
        ComputeDevice device,
        ExecutionOptions options,
        CancellationToken cancellationToken
    );

    /// <summary>Sketches its graphs.</summary>
    protected abstract IReadOnlyDictionary<string, TensorUse> ListUses();
}

/// <summary>How to load a model.</summary>
/// <param name="Precision">The number format.</param>
/// <param name="Capacity">What to make room for.</param>
/// <param name="EmbeddingBytes">Bytes for the cached encodings of recent pictures.</param>
/// <param name="AtOnce">Pictures that may be encoded in one run. With eight bits only one: scales are computed per run and must be
/// the picture's own.</param>
internal sealed record ExecutionOptions(Precision Precision, BatchCapacity Capacity, long EmbeddingBytes = 0, int AtOnce = 1)
{
    /// <summary>Bytes for the keys and values of pictures and texts, in models that read pictures as text.</summary>
    public long KeyValueBytes { get; init; } = GenerationDefaults.KeyValueBytes;

    /// <summary>Whether a GPU records the decoder's steps.</summary>
    public bool CudaGraphs { get; init; }

    /// <summary>Receives the reason if steps can't be recorded as requested.</summary>
    public Action<string>? NotRecorded { get; init; }
}
