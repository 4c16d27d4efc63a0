namespace ImageToText.Captioning.Weights.Quantization;

/// <summary>Decides the eight-bit form of a checkpoint's tensor; an architecture knows what its tensors are for.</summary>
internal delegate EightBitForm EightBitRule(TensorEntry tensor);

/// <summary>The form of one tensor in an eight-bit checkpoint. The default is unchanged.</summary>
internal readonly record struct EightBitForm
{
    /// <summary>Unchanged.</summary>
    public static EightBitForm AsIs => default;

    /// <summary>Left out: the model does not use it.</summary>
    public static EightBitForm Absent { get; } = new() { Storage = EightBitStorage.Absent };

    /// <summary>For a matrix that multiplies one picture's tokens: one scale per output.</summary>
    public static EightBitForm PerOutput { get; } = new() { Storage = EightBitStorage.PerOutput };

    /// <summary>
    /// For a matrix that multiplies rows of different requests: short blocks along the inputs, each with its own scale.
    /// </summary>
    public static EightBitForm Blocks { get; } = new() { Storage = EightBitStorage.Blocks };

    /// <summary>
    /// Like <see cref="Blocks"/>, with shorter blocks: for the output matrix, whose errors directly affect the choice of the
    /// token.
    /// </summary>
    public static EightBitForm FineBlocks { get; } = new() { Storage = EightBitStorage.FineBlocks };

    /// <summary>What is stored.</summary>
    public EightBitStorage Storage { get; private init; }

    /// <summary>The checkpoint's matrix is [in, out], as in GPT-2's Conv1D; otherwise [out, in], as in torch's Linear.</summary>
    public bool InputsFirst { get; init; }

    /// <summary>The original tensor is needed too: embeddings that are looked up and also serve as output matrix.</summary>
    public bool KeepsOriginal { get; init; }
}

/// <summary>What an eight-bit checkpoint holds for a tensor.</summary>
internal enum EightBitStorage
{
    /// <summary>Its original numbers.</summary>
    AsIs,

    /// <summary>Nothing.</summary>
    Absent,

    /// <summary><see cref="QuantizedNames.Matrix"/> and <see cref="QuantizedNames.Scales"/>.</summary>
    PerOutput,

    /// <summary><see cref="QuantizedNames.Blocks"/> and <see cref="QuantizedNames.BlockScales"/>.</summary>
    Blocks,

    /// <summary>The same, in shorter blocks.</summary>
    FineBlocks,
}
