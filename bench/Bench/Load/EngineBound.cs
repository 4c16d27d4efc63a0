namespace ImageToText.Bench.Load;

/// <summary>
/// What a node could do at most if it only ran the model, with all cores: the next picture is always there, and the batch is always full.
/// The parts are medians, measured in turns with the rate at saturation.
/// </summary>
internal sealed record EngineBound
{
    /// <summary>The steps that a caption is taken to have, whatever it says.</summary>
    public const int NominalSteps = 20;

    /// <summary>The picture's encoding.</summary>
    public required double EncodeMs { get; init; }

    /// <summary>The picture's keys and values for the decoder.</summary>
    public required double CrossMs { get; init; }

    /// <summary>A decoder step of a full batch.</summary>
    public required double StepMs { get; init; }

    /// <summary>The captions that take part in that step.</summary>
    public required int Captions { get; init; }

    /// <summary>From a file's bytes to the encoder's numbers, on one thread.</summary>
    public required double PrepareMs { get; init; }

    /// <summary>Decoder steps of the captions that the node delivered, on average.</summary>
    public required double Steps { get; init; }

    /// <summary>Captions per second.</summary>
    /// <param name="steps">Decoder steps of each.</param>
    public double PerSecond(double steps) => 1000 / CaptionMs(steps);

    /// <summary>Milliseconds per caption.</summary>
    /// <param name="steps">Decoder steps of each.</param>
    public double CaptionMs(double steps) => EncodeMs + CrossMs + (steps * StepMs / Captions);
}

/// <summary>What a caption took at saturation.</summary>
/// <param name="ServiceMs">Processor time of the service.</param>
/// <param name="GeneratorMs">Processor time of the load generator.</param>
internal sealed record SaturationCost(double ServiceMs, double GeneratorMs);
