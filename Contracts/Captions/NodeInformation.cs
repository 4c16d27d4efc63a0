using ImageToText.Contracts.Prices;

namespace ImageToText.Contracts;

/// <summary>The answer to a node's GET /health.</summary>
/// <param name="Status">OK (captioning), IDLE (ready, nothing to do), LOADING (no model is loaded yet) or ERROR (no model can be
/// loaded).</param>
public sealed record NodeHealth(string Status);

/// <summary>The answer to a node's GET /version.</summary>
/// <param name="Pipeline">image-to-text.</param>
/// <param name="ModelId">The default model.</param>
/// <param name="Version">The node's version.</param>
public sealed record NodeVersion(string Pipeline, string ModelId, string Version);

/// <summary>The answer to a node's GET /hardware/info: the runner's fields, followed by ours.</summary>
public sealed record HardwareInformation
{
    /// <summary>image-to-text.</summary>
    public required string Pipeline { get; init; }

    /// <summary>The default model.</summary>
    public required string ModelId { get; init; }

    /// <summary>NVIDIA devices by index; empty where there are none.</summary>
    public required IReadOnlyDictionary<int, GpuInformation> GpuInfo { get; init; }

    /// <summary>The processor and its memory.</summary>
    public required CpuInformation Cpu { get; init; }

    /// <summary>Where each loaded model runs.</summary>
    public required IReadOnlyList<ModelPlacement> Models { get; init; }
}

/// <summary>One NVIDIA device.</summary>
/// <param name="Id">The device's UUID.</param>
/// <param name="Name">Its product name.</param>
/// <param name="MemoryTotal">Bytes.</param>
/// <param name="MemoryFree">Bytes.</param>
/// <param name="Major">Compute capability, first part.</param>
/// <param name="Minor">Compute capability, second part.</param>
public sealed record GpuInformation(string Id, string Name, long MemoryTotal, long MemoryFree, int Major, int Minor);

/// <summary>The processor.</summary>
/// <param name="Architecture">X64, Arm64 and so on.</param>
/// <param name="Cores">Cores that the process may use.</param>
/// <param name="MemoryTotal">Bytes that the process may use.</param>
public sealed record CpuInformation(string Architecture, int Cores, long MemoryTotal);

/// <summary>Where a loaded model runs.</summary>
/// <param name="Id">The model.</param>
/// <param name="Provider">CPU, or CUDA with the device.</param>
/// <param name="Precision">f32, int8 or f16.</param>
/// <param name="MemoryBytes">Bytes that it takes.</param>
public sealed record ModelPlacement(string Id, string Provider, string Precision, long MemoryBytes);

/// <summary>The answer to a node's GET /hardware/stats: the runner's fields, followed by ours.</summary>
public sealed record HardwareStats
{
    /// <summary>image-to-text.</summary>
    public required string Pipeline { get; init; }

    /// <summary>The default model.</summary>
    public required string ModelId { get; init; }

    /// <summary>NVIDIA devices by index; empty where there are none.</summary>
    public required IReadOnlyDictionary<int, GpuUtilization> GpuStats { get; init; }

    /// <summary>The process.</summary>
    public required ProcessUtilization Process { get; init; }
}

/// <summary>How busy one NVIDIA device is.</summary>
/// <param name="Id">The device's UUID.</param>
/// <param name="Name">Its product name.</param>
/// <param name="MemoryTotal">Bytes.</param>
/// <param name="MemoryFree">Bytes.</param>
/// <param name="UtilizationCompute">Percent of the last sample period in which a kernel ran.</param>
/// <param name="UtilizationMemory">Percent of the last sample period in which memory was read or written.</param>
public sealed record GpuUtilization(
    string Id,
    string Name,
    long MemoryTotal,
    long MemoryFree,
    int UtilizationCompute,
    int UtilizationMemory
);

/// <summary>What the process uses.</summary>
/// <param name="WorkingSet">Bytes of physical memory.</param>
/// <param name="CpuSeconds">Processor time since the start.</param>
/// <param name="RequestsInFlight">Caption requests in hand.</param>
public sealed record ProcessUtilization(long WorkingSet, double CpuSeconds, int RequestsInFlight);

/// <summary>The answer to a node's GET /models.</summary>
/// <param name="DefaultModel">The model of requests that name none.</param>
/// <param name="MemoryBudgetBytes">Bytes that all loaded models together may take.</param>
/// <param name="MemoryUsedBytes">Bytes that they take, including those being loaded.</param>
/// <param name="Models">All models that the node can serve.</param>
public sealed record ServedModels(string DefaultModel, long MemoryBudgetBytes, long MemoryUsedBytes, IReadOnlyList<ServedModel> Models);

/// <summary>A model of a node.</summary>
public sealed record ServedModel
{
    /// <summary>Its id: a Hugging Face name (org/name) or a folder's name.</summary>
    public required string Id { get; init; }

    /// <summary>One of <see cref="ServedModelState"/>.</summary>
    public required string State { get; init; }

    /// <summary>Whether the node loads it at startup and keeps it.</summary>
    public required bool Warm { get; init; }

    /// <summary>Where it was found: configured, starter, folder or hub.</summary>
    public required string Source { get; init; }

    /// <summary>Why the last load failed.</summary>
    public string? Error { get; init; }

    /// <summary>Hash of the files that decide its captions; once loaded.</summary>
    public string? Revision { get; init; }

    /// <summary>model_type of its config.json; once loaded.</summary>
    public string? Architecture { get; init; }

    /// <summary>What it does with a prompt; null: its folder is missing or can't be used.</summary>
    public PromptUse? PromptUse { get; init; }

    /// <summary>The languages that it writes, as tags such as en; null: nobody says.</summary>
    public IReadOnlyList<string>? Languages { get; init; }

    /// <summary>How it cuts pictures into tiles; null: it sees each as a whole.</summary>
    public PictureTiles? Tiles { get; init; }

    /// <summary>f32, int8 or f16; once loaded.</summary>
    public string? Precision { get; init; }

    /// <summary>CPU, or CUDA with the device; once loaded.</summary>
    public string? Provider { get; init; }

    /// <summary>Pixels per side that the encoder sees; once loaded.</summary>
    public int? ImageSize { get; init; }

    /// <summary>Number of parameters; once loaded.</summary>
    public long? Parameters { get; init; }

    /// <summary>Bytes that it takes: measured once loaded, otherwise estimated from its files.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Seconds that the last load took.</summary>
    public double? LoadSeconds { get; init; }

    /// <summary>Requests waiting for a slot; once loaded.</summary>
    public int? Waiting { get; init; }

    /// <summary>Requests in the running batch; once loaded.</summary>
    public int? Running { get; init; }

    /// <summary>Requests that may wait; once loaded.</summary>
    public int? QueueCapacity { get; init; }
}

/// <summary>The states of a model on a node.</summary>
public static class ServedModelState
{
    /// <summary>Loaded, so it answers at once.</summary>
    public const string Loaded = "loaded";

    /// <summary>Being loaded.</summary>
    public const string Loading = "loading";

    /// <summary>Loaded when asked for.</summary>
    public const string OnDemand = "on_demand";

    /// <summary>The last load failed; the model's error says why.</summary>
    public const string Error = "error";
}
