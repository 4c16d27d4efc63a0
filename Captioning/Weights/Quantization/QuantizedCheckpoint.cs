namespace ImageToText.Captioning.Weights.Quantization;

/// <summary>The eight-bit form of a checkpoint, made once and kept in a cache folder under the model's revision.</summary>
internal static class QuantizedCheckpoint
{
    // Part of the name, so that another method makes new files.
    private const string Method = "v2";

    // The fewer scales a step's weights have, the faster ONNX Runtime reads them. The output matrix, whose errors directly affect
    // the choice of the token, gets more of them (docs/decisions.md).
    private const int LayerBlock = 64;
    private const int OutputBlock = 32;

    /// <summary>Opens the cached file, and makes it first if it is missing.</summary>
    /// <param name="checkpoint">The model's tensors.</param>
    /// <param name="rule">The architecture's rule for them.</param>
    /// <param name="revision">The model's revision.</param>
    /// <param name="cacheFolder">The folder for the file.</param>
    /// <param name="cancellationToken">Stops the work; nothing is left behind.</param>
    /// <param name="progress">Told how many hundredths are written.</param>
    public static Checkpoint GetOrCreate(
        Checkpoint checkpoint,
        EightBitRule rule,
        string revision,
        string cacheFolder,
        CancellationToken cancellationToken,
        Action<int>? progress = null
    )
    {
        return CachedSafetensors.GetOrCreate(
            Path.Combine(cacheFolder, "int8", $"{revision}-{Method}.safetensors"),
            "eight-bit weights",
            writer =>
            {
                foreach (var tensor in checkpoint.FloatingPoint)
                {
                    Add(tensor, rule(tensor), writer);
                }
            },
            cancellationToken,
            progress
        );
    }

    /// <summary>Bytes that the weights take in eight bits.</summary>
    public static long SizeOf(Checkpoint quantized) => quantized.Files.Sum(file => new FileInfo(file).Length);

    /// <summary>Bytes that a tensor takes in eight bits.</summary>
    /// <param name="shape">Its shape.</param>
    /// <param name="form">Its form.</param>
    public static long SizeOf(IReadOnlyList<long> shape, EightBitForm form)
    {
        long count = shape.Aggregate(1L, static (product, dimension) => product * dimension);
        long asIs = sizeof(float) * count;
        long original = form.KeepsOriginal ? asIs : 0;
        return form.Storage switch
        {
            EightBitStorage.Absent => 0,
            EightBitStorage.PerOutput => count + (sizeof(float) * shape[form.InputsFirst ? 1 : 0]) + original,
            EightBitStorage.Blocks or EightBitStorage.FineBlocks when BlockOf(shape, form) is { } size => count
                + (sizeof(float) * count / size)
                + original,
            _ => asIs,
        };
    }

    private static void Add(TensorEntry tensor, EightBitForm form, SafetensorsWriter writer)
    {
        switch (form.Storage)
        {
            case EightBitStorage.Absent:
                return;
            case EightBitStorage.PerOutput:
                writer.AddMatrix(tensor, form.InputsFirst);
                break;
            case EightBitStorage.Blocks or EightBitStorage.FineBlocks when BlockOf(tensor.Shape, form) is { } size:
                writer.AddBlocks(tensor, form.InputsFirst, size);
                break;
            default:
                writer.AddCopy(tensor);
                return;
        }

        if (form.KeepsOriginal)
        {
            writer.AddCopy(tensor);
        }
    }

    // Null: the inputs are not divisible, so the matrix stays unchanged.
    private static int? BlockOf(IReadOnlyList<long> shape, EightBitForm form)
    {
        long inputs = shape[form.InputsFirst ? 0 : 1];
        return inputs % OutputBlock != 0 ? null
            : form.Storage is EightBitStorage.FineBlocks || inputs % LayerBlock != 0 ? OutputBlock
            : LayerBlock;
    }
}
