namespace ImageToText.Captioning;

/// <summary>Captions pictures with one model. Safe to call from many threads; calls share one running batch.</summary>
public interface ICaptioner : IAsyncDisposable
{
    /// <summary>The loaded model.</summary>
    LoadedModel Model { get; }

    /// <summary>How busy the captioner is now.</summary>
    CaptionerLoad Load { get; }

    /// <summary>Captions one picture.</summary>
    /// <param name="image">The picture file's bytes; not kept after the picture is decoded.</param>
    /// <param name="options">What is asked of the caption; null: the model's defaults.</param>
    /// <param name="cancellationToken">Gives the place up at the next token.</param>
    /// <exception cref="ImageException">The bytes are not a picture that can be captioned.</exception>
    /// <exception cref="CaptionOptionException">An option is out of range.</exception>
    /// <exception cref="CaptionQueueFullException">Too many requests wait already.</exception>
    Task<Caption> CaptionAsync(ReadOnlyMemory<byte> image, CaptionOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Captions one picture and yields the text as it comes; the last update carries the whole caption.
    /// With several beams no token is certain before the end: the text then comes in one piece.
    /// </summary>
    /// <inheritdoc cref="CaptionAsync" path="/param"/>
    /// <inheritdoc cref="CaptionAsync" path="/exception"/>
    IAsyncEnumerable<CaptionUpdate> StreamAsync(
        ReadOnlyMemory<byte> image,
        CaptionOptions? options = null,
        CancellationToken cancellationToken = default
    );
}

/// <summary>A loaded model, as shown to people and to other services.</summary>
public sealed record LoadedModel
{
    /// <summary>Its id: a Hugging Face name (org/name) or the folder's name.</summary>
    public required string Id { get; init; }

    /// <summary>SHA-256 (hex) over the files that decide its captions: the same revision gives the same captions.</summary>
    public required string Revision { get; init; }

    /// <summary>model_type of config.json, one of <see cref="Captioner.SupportedModelTypes"/>.</summary>
    public required string Architecture { get; init; }

    /// <summary>What it does with a prompt.</summary>
    public PromptUse PromptUse { get; init; }

    /// <summary>The number formats that it runs in.</summary>
    public required Precision Precision { get; init; }

    /// <summary>Where it runs: CPU, or CUDA with the device.</summary>
    public required string Provider { get; init; }

    /// <summary>Pixels a side that the encoder sees.</summary>
    public required int ImageSize { get; init; }

    /// <summary>Number of parameters.</summary>
    public required long Parameters { get; init; }

    /// <summary>Bytes that the weights take in the number format they run in.</summary>
    public required long WeightBytes { get; init; }

    /// <summary>Bytes of memory that weights and preallocated state take, estimated from shapes.</summary>
    public required long MemoryBytes { get; init; }
}

/// <summary>The number format of a model's large matrices.</summary>
public enum Precision
{
    /// <summary>float32: the reference.</summary>
    F32,

    /// <summary>Eight-bit integers with float32 scales: faster on a CPU, close to the reference.</summary>
    Int8,

    /// <summary>float16: for GPUs.</summary>
    F16,
}

/// <summary>How busy a captioner is.</summary>
/// <param name="Waiting">Requests that wait for a place.</param>
/// <param name="Running">Requests in the running batch.</param>
/// <param name="Rows">Rows (sequences) of the running batch.</param>
/// <param name="QueueCapacity">Requests that may wait.</param>
public readonly record struct CaptionerLoad(int Waiting, int Running, int Rows, int QueueCapacity);
