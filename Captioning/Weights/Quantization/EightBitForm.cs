namespace ImageToText.Captioning.Weights.Quantization;

/// <summary>Decides how a tensor of a checkpoint stands in eight bits; an architecture knows what its tensors are for.</summary>
internal delegate EightBitForm EightBitRule(TensorEntry tensor);

/// <summary>How one tensor stands in an eight-bit checkpoint. The default: as it is.</summary>
internal readonly record struct EightBitForm
{
    /// <summary>As it is.</summary>
    public static EightBitForm AsIs => default;

    /// <summary>Not at all: the model has no use for it.</summary>
    public static EightBitForm Absent { get; } = new() { Storage = EightBitStorage.Absent };

    /// <summary>For a matrix that multiplies the tokens of one picture: one scale per output.</summary>
    public static EightBitForm PerOutput { get; } = new() { Storage = EightBitStorage.PerOutput };

    /// <summary>For a matrix that multiplies rows of different requests: short blocks along the inputs, each with its scale.</summary>
    public static EightBitForm Blocks { get; } = new() { Storage = EightBitStorage.Blocks };

    /// <summary>
    /// As <see cref="Blocks"/>, in shorter ones: for the output matrix, whose errors go straight into the choice of the token.
    /// </summary>
    public static EightBitForm FineBlocks { get; } = new() { Storage = EightBitStorage.FineBlocks };

    /// <summary>What is stored.</summary>
    public EightBitStorage Storage { get; private init; }

    /// <summary>The checkpoint's matrix is [in, out], as GPT-2's Conv1D has it; else [out, in], as torch's Linear has it.</summary>
    public bool InputsFirst { get; init; }

    /// <summary>The tensor is needed as it is, too: embeddings that are looked up and serve as output matrix.</summary>
    public bool KeepsOriginal { get; init; }
}

/// <summary>What an eight-bit checkpoint holds of a tensor.</summary>
internal enum EightBitStorage
{
    /// <summary>Its own numbers.</summary>
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
