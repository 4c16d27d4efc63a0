namespace ImageToText.Bench.Gpu;

/// <summary>The figures of 'gpu'.</summary>
/// <param name="Device">What the GPU is called.</param>
/// <param name="Tokens">Tokens of each caption.</param>
/// <param name="Peer">What transformers runs, or why it doesn't.</param>
/// <param name="Models">By model and way of running.</param>
internal sealed record GpuData(string Device, int Tokens, string Peer, IReadOnlyList<GpuFigures> Models);

/// <summary>A model in f16.</summary>
internal sealed record GpuFigures
{
    public required string Model { get; init; }

    /// <summary>Whether the decoder's steps are CUDA graphs.</summary>
    public required bool Graphs { get; init; }

    /// <summary>Whether the engine refused to record them, and went on without.</summary>
    public bool Refused { get; init; }

    /// <summary>What the engine warned of, such as why it ran without CUDA graphs; null: nothing.</summary>
    public string? Warning { get; init; }

    /// <summary>Why figures are missing; null: none are.</summary>
    public string? Failure { get; init; }

    /// <summary>One picture.</summary>
    public double? EncodeMs { get; init; }

    /// <summary>A token of one row, and of eight pictures' rows.</summary>
    public double? StepMs { get; init; }

    public double? StepOfEightMs { get; init; }

    /// <summary>Captions per second of new pictures, by callers.</summary>
    public IReadOnlyList<GpuRate> Rates { get; init; } = [];

    /// <summary>Of the GPU, above what was taken before the first model, CUDA's own included; null: nvidia-smi does not tell.</summary>
    public double? MemoryMiB { get; init; }

    /// <summary>transformers, f16 with SDPA: one caption; null: it is not there.</summary>
    public double? TransformersMs { get; init; }

    /// <summary>The same for one of a batch of 64.</summary>
    public double? TransformersOfBatchMs { get; init; }
}

/// <summary>Captions per second of so many callers at once.</summary>
internal sealed record GpuRate(int Callers, double PerSecond);
