namespace ImageToText.Captioning;

/// <summary>Captions pictures with one model. Safe to call from many threads; calls share one running batch.</summary>
public interface ICaptioner : IAsyncDisposable
{
    /// <summary>The loaded model.</summary>
    LoadedModel Model { get; }

    /// <summary>How busy the captioner is at present.</summary>
    CaptionerLoad Load { get; }

    /// <summary>Captions one picture.</summary>
    /// <param name="image">The picture file's bytes. They are not kept after decoding.</param>
    /// <param name="options">The options; null: the model's defaults.</param>
    /// <param name="cancellationToken">Releases the slot at the next token.</param>
    /// <exception cref="ImageException">The bytes are not a picture that can be captioned.</exception>
    /// <exception cref="CaptionOptionException">An option is out of range.</exception>
    /// <exception cref="CaptionQueueFullException">Too many requests are already waiting.</exception>
    Task<Caption> CaptionAsync(ReadOnlyMemory<byte> image, CaptionOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Captions one picture and yields the text as it is generated; the last update holds the whole caption. With several beams
    /// no token is certain until the end, so the text comes in one piece.
    /// </summary>
    /// <inheritdoc cref="CaptionAsync" path="/param"/>
    /// <inheritdoc cref="CaptionAsync" path="/exception"/>
    IAsyncEnumerable<CaptionUpdate> StreamAsync(
        ReadOnlyMemory<byte> image,
        CaptionOptions? options = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>
    /// Returns the logits from which a caption's first token is chosen, before any processing; [vocabulary]. They show best
    /// whether two programs run a model alike.
    /// </summary>
    /// <inheritdoc cref="CaptionAsync" path="/param"/>
    /// <inheritdoc cref="CaptionAsync" path="/exception"/>
    Task<IReadOnlyList<float>> FirstLogitsAsync(
        ReadOnlyMemory<byte> image,
        CaptionOptions? options = null,
        CancellationToken cancellationToken = default
    );
}

/// <summary>A loaded model, as shown to people and other services.</summary>
public sealed record LoadedModel
{
    /// <summary>Its id: a Hugging Face name (org/name) or the folder's name.</summary>
    public required string Id { get; init; }

    /// <summary>SHA-256 (hex) of the files that decide its captions: the same revision gives the same captions.</summary>
    public required string Revision { get; init; }

    /// <summary>model_type of config.json, one of <see cref="Captioner.SupportedModelTypes"/>.</summary>
    public required string Architecture { get; init; }

    /// <summary>What it does with a prompt.</summary>
    public PromptHandling PromptUse { get; init; }

    /// <summary>The languages that it writes, as tags such as en; empty: nobody says.</summary>
    public IReadOnlyList<string> Languages { get; init; } = [];

    /// <summary>The number formats that it runs in.</summary>
    public required Precision Precision { get; init; }

    /// <summary>Where it runs: CPU, or CUDA with the device.</summary>
    public required string Provider { get; init; }

    /// <summary>Pixels per side that the encoder sees.</summary>
    public required int ImageSize { get; init; }

    /// <summary>The most views of that size in which a picture is seen: its tiles, and the whole of it.</summary>
    public int MaxViews { get; init; } = 1;

    /// <summary>How it cuts pictures into tiles; null: it sees each as a whole.</summary>
    public TileRule? Tiles { get; init; }

    /// <summary>Number of parameters.</summary>
    public required long Parameters { get; init; }

    /// <summary>Bytes that the weights take in the number format in use.</summary>
    public required long WeightBytes { get; init; }

    /// <summary>Bytes of memory for weights and preallocated state, estimated from shapes.</summary>
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
/// <param name="Waiting">Requests waiting for a slot.</param>
/// <param name="Running">Requests in the running batch.</param>
/// <param name="Rows">Rows (sequences) of the running batch.</param>
/// <param name="QueueCapacity">Requests that may wait.</param>
public readonly record struct CaptionerLoad(int Waiting, int Running, int Rows, int QueueCapacity)
{
    /// <summary>Requests among those waiting that let all others go first.</summary>
    public int Yielding { get; init; }
}
