using ImageToText.Client.Batches;
using ImageToText.Client.Jobs;
using ImageToText.Contracts;
using ImageToText.Contracts.Catalogue;
using ImageToText.Contracts.Ledger;
using ImageToText.Contracts.Quotes;

namespace ImageToText.Client;

/// <summary>
/// Talks to an ImageToText gateway. Every method throws <see cref="ImageToTextException"/> if there is no answer, after retrying
/// temporary refusals, and <see cref="OperationCanceledException"/> if its token is cancelled.
/// </summary>
public interface IImageToTextClient
{
    /// <summary>
    /// Jobs: pictures at web addresses, or in a folder or bucket of the server, captioned in the background, and quotes for them.
    /// </summary>
    IJobClient Jobs { get; }

    /// <summary>Batches: pictures that you upload, captioned in the background.</summary>
    IBatchClient Batches { get; }

    /// <summary>Captions a picture.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="options">The options; null: the model's own.</param>
    /// <param name="cancellationToken">Stops waiting. The service stops captioning and charges nothing.</param>
    /// <exception cref="ImageToTextException">The service made no caption.</exception>
    Task<Caption> CaptionAsync(Picture picture, CaptionOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Captions a picture piece by piece; the last update holds the whole caption.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="options">The options; null: the model's own.</param>
    /// <param name="cancellationToken">Stops waiting. The service stops captioning and charges nothing.</param>
    /// <exception cref="ImageToTextException">
    /// The service made no caption, or the caption was cut off. Once a piece has arrived, nothing is retried.
    /// </exception>
    IAsyncEnumerable<CaptionUpdate> StreamCaptionAsync(
        Picture picture,
        CaptionOptions? options = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Captions many pictures in one request. Each has its own result or error and its own charge.</summary>
    /// <param name="pictures">One or more pictures.</param>
    /// <param name="options">The options for all of them.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>One entry per picture, in the same order.</returns>
    /// <exception cref="ImageToTextException">The batch was refused as a whole.</exception>
    Task<BatchAnswer> CaptionBatchAsync(
        IReadOnlyList<Picture> pictures,
        CaptionOptions? options = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Returns what a picture of that size would cost at each node, cheapest first.</summary>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <param name="modelId">The model; null: the default.</param>
    /// <param name="maxPricePerPixel">A cap in USD per pixel to compare the offers with; null: none.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="ImageToTextException">The service gave no quote.</exception>
    Task<Quote> GetQuoteAsync(
        int width,
        int height,
        string? modelId = null,
        decimal? maxPricePerPixel = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Returns all models of the network.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="ImageToTextException">The service gave no answer.</exception>
    Task<ModelCatalogue> GetModelsAsync(CancellationToken cancellationToken = default);

    /// <summary>Returns one model.</summary>
    /// <param name="modelId">Its id, such as org/name.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="ImageToTextException">
    /// The network does not have the model (404), or the service gave no answer.
    /// </exception>
    Task<CatalogueModel> GetModelAsync(string modelId, CancellationToken cancellationToken = default);

    /// <summary>Returns what the key has spent, by day and model, and what is left of its budget.</summary>
    /// <param name="from">The first UTC day; null: from the beginning.</param>
    /// <param name="to">The last UTC day, included; null: until now.</param>
    /// <param name="modelId">Only this model; null: all models.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="ImageToTextException">The service gave no answer.</exception>
    Task<OwnUsage> GetUsageAsync(
        DateOnly? from = null,
        DateOnly? to = null,
        string? modelId = null,
        CancellationToken cancellationToken = default
    );
}
