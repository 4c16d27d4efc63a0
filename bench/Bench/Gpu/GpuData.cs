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

    /// <summary>One picture.</summary>
    public required double EncodeMs { get; init; }

    /// <summary>A token of one row, and of eight pictures' rows.</summary>
    public required double StepMs { get; init; }

    public required double StepOfEightMs { get; init; }

    /// <summary>Captions per second of new pictures, by callers.</summary>
    public required IReadOnlyList<GpuRate> Rates { get; init; }

    /// <summary>Of the GPU, above what was taken before; null: nvidia-smi does not tell.</summary>
    public required double? MemoryMiB { get; init; }

    /// <summary>transformers, f16 with SDPA: one caption; null: it is not there.</summary>
    public double? TransformersMs { get; init; }

    /// <summary>The same for one of a batch of 64.</summary>
    public double? TransformersOfBatchMs { get; init; }
}

/// <summary>Captions per second of so many callers at once.</summary>
internal sealed record GpuRate(int Callers, double PerSecond);
