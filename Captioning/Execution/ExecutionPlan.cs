using ImageToText.Captioning.Layers;
using ImageToText.Captioning.Weights;
using ImageToText.Captioning.Weights.Quantization;

namespace ImageToText.Captioning.Execution;

/// <summary>How a model is run: its graphs and their sizes, before anything is loaded.</summary>
internal abstract record ExecutionPlan
{
    private IReadOnlyDictionary<string, TensorUse>? _uses;

    /// <summary>Rows of pixels that the model sees.</summary>
    public abstract int ImageHeight { get; }

    /// <summary>Pixels of a row.</summary>
    public abstract int ImageWidth { get; }

    /// <summary>Number of ids.</summary>
    public abstract int VocabularySize { get; }

    /// <summary>Longest text, start id and prompt included.</summary>
    public abstract int MaxPositions { get; }

    /// <summary>Numbers that a picture of the running batch occupies.</summary>
    public abstract long NumbersPerPicture { get; }

    /// <summary>The most tokens of a picture and what stands before it, where they are part of the text.</summary>
    public virtual int MaxPrefix => 0;

    /// <summary>Bytes that the state of a running batch takes at most, beside the weights.</summary>
    public virtual long StateBytes(ExecutionOptions options) => NumbersPerPicture * sizeof(float) * options.Capacity.Pictures;

    /// <summary>Every tensor that its graphs use.</summary>
    public IReadOnlyDictionary<string, TensorUse> Uses => _uses ??= ListUses();

    /// <summary>Number of parameters that its graphs use.</summary>
    public long Parameters => Uses.Values.Sum(static use => use.Count);

    /// <summary>Bytes that they take in a number format.</summary>
    public long WeightBytes(Precision precision) => Uses.Values.Sum(use => use.BytesIn(precision));

    /// <summary>How a tensor of the checkpoint stands in eight bits; what no graph uses is left out.</summary>
    public EightBitForm EightBitForms(TensorEntry tensor) =>
        Uses.TryGetValue(tensor.Name, out var use) ? use.EightBits : EightBitForm.Absent;

    /// <summary>Finds out whether a checkpoint holds what the graphs use, before anything is loaded.</summary>
    /// <exception cref="ModelFormatException">A tensor is missing or of another shape.</exception>
    public void Check(Checkpoint checkpoint)
    {
        foreach (var use in Uses.Values)
        {
            checkpoint.Get(use.Name, [.. use.Shape]);
        }
    }

    /// <summary>Compiles and loads it.</summary>
    /// <param name="weights">The weights, in eight bits where the precision is.</param>
    /// <param name="device">Where it runs.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Stops before the next part.</param>
    /// <exception cref="ModelFormatException">A tensor is missing or of another shape.</exception>
    public abstract Task<IBatchModel> LoadAsync(
        Checkpoint weights,
        ComputeDevice device,
        ExecutionOptions options,
        CancellationToken cancellationToken
    );

    /// <summary>Sketches its graphs.</summary>
    protected abstract IReadOnlyDictionary<string, TensorUse> ListUses();
}

/// <summary>How a model is loaded.</summary>
/// <param name="Precision">The number format.</param>
/// <param name="Capacity">What there is to be room for.</param>
/// <param name="EmbeddingBytes">Bytes that what recent pictures were encoded into may take.</param>
/// <param name="AtOnce">Pictures that may be encoded in one run. In eight bits one: scales are a whole run's, and must be a picture's own.</param>
internal sealed record ExecutionOptions(Precision Precision, BatchCapacity Capacity, long EmbeddingBytes = 0, int AtOnce = 1)
{
    /// <summary>Bytes that the keys and values of pictures and texts may take in models that read pictures as text.</summary>
    public long KeyValueBytes { get; init; } = GenerationDefaults.KeyValueBytes;
}
