using ImageToText.Captioning;

namespace ImageToText.Bench.Engine;

/// <summary>The figures of 'engine'. Times are minima unless stated otherwise.</summary>
/// <param name="Model">The model folder's name.</param>
/// <param name="ProductGflops">The machine's rate for a lone float32 product, in the same run.</param>
/// <param name="T0Ms">BLIP-base's encoder (111 GFLOP) at that rate.</param>
/// <param name="Tokens">Tokens of each caption.</param>
/// <param name="Precisions">By number format.</param>
internal sealed record EngineData(string Model, double ProductGflops, double T0Ms, int Tokens, IReadOnlyList<EngineFigures> Precisions);

/// <summary>A model in one number format.</summary>
internal sealed record EngineFigures
{
    public required Precision Precision { get; init; }

    /// <summary>With quantized weights already in the cache.</summary>
    public required double LoadSeconds { get; init; }

    public required double EncodeMs { get; init; }

    /// <summary>The encoder's rate over the lone product's; 0: its operations are not counted.</summary>
    public required double EncodeOverProduct { get; init; }

    /// <summary>
    /// How long the encoder's operations would take at the rate of a lone product in eight bits, in the same run; null: not in eight bits.
    /// </summary>
    public double? LoneInt8Ms { get; init; }

    /// <summary>Where the encoder's time goes, the slowest operator first.</summary>
    public IReadOnlyList<OperatorFigures> Encoder { get; init; } = [];

    /// <summary>Cross-attention keys and values of one picture.</summary>
    public required double CrossMs { get; init; }

    /// <summary>Several pictures encoded in one run, cross-attention keys and values included; only if asked for.</summary>
    public IReadOnlyList<TogetherFigures> Together { get; init; } = [];

    /// <summary>Decoder steps.</summary>
    public required IReadOnlyList<StepFigures> Steps { get; init; }

    /// <summary>Complete captions, from the encoded JPEG to the text, one at a time.</summary>
    public required IReadOnlyList<CaptionFigures> Captions { get; init; }

    /// <summary>How much loading and captioning one at a time added to resident memory, in MiB (2^20 bytes).</summary>
    public required double ResidentMiB { get; init; }

    public required IReadOnlyList<ThroughputFigures> Throughput { get; init; }
}

/// <summary>One run of the encoder over several pictures.</summary>
internal sealed record TogetherFigures(int Pictures, double Ms);

/// <summary>All nodes of one operator.</summary>
/// <param name="Operator">Its name in ONNX.</param>
/// <param name="Nodes">How many there are.</param>
/// <param name="Ms">What they take of a run, summed up.</param>
/// <param name="Share">Their share of the run.</param>
internal sealed record OperatorFigures(string Operator, int Nodes, double Ms, double Share);

/// <summary>One decoder step of several pictures with several beams each.</summary>
internal sealed record StepFigures(int Pictures, int Beams, double Ms);

/// <summary>Captions one at a time.</summary>
internal sealed record CaptionFigures(int Beams, double Ms, double MedianMs, double InT0);

/// <summary>Captions per second with several callers at once.</summary>
/// <param name="Pictures">Whether each picture is new, or its encoding is cached, which leaves only decoding.</param>
/// <param name="Callers">Captions under way at once.</param>
/// <param name="PerSecond">Captions per second, the best of the rounds.</param>
internal sealed record ThroughputFigures(PictureNovelty Pictures, int Callers, double PerSecond);

/// <summary>Whether the encoder has seen a picture.</summary>
internal enum PictureNovelty
{
    /// <summary>It has not.</summary>
    New,

    /// <summary>It has, and its encoding is cached.</summary>
    Remembered,
}
