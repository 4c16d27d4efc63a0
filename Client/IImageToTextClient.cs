using ImageToText.Contracts;
using ImageToText.Contracts.Catalogue;
using ImageToText.Contracts.Ledger;
using ImageToText.Contracts.Prices;

namespace ImageToText.Client;

/// <summary>
/// Asks an ImageToText gateway. Every method throws <see cref="ImageToTextException"/> where there is no answer, after repeating what
/// was refused for the time being, and <see cref="OperationCanceledException"/> where its token was cancelled.
/// </summary>
public interface IImageToTextClient
{
    /// <summary>Captions a picture.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="options">How; null: as the model does by itself.</param>
    /// <param name="cancellationToken">Gives up; the service stops captioning, and charges nothing.</param>
    /// <exception cref="ImageToTextException">There is no caption.</exception>
    Task<Caption> CaptionAsync(Picture picture, CaptionOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Captions a picture piece by piece, the whole last.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="options">How; null: as the model does by itself.</param>
    /// <param name="cancellationToken">Gives up; the service stops captioning, and charges nothing.</param>
    /// <exception cref="ImageToTextException">There is no caption, or it broke off. Nothing is repeated once a piece has come.</exception>
    IAsyncEnumerable<CaptionUpdate> StreamCaptionAsync(
        Picture picture,
        CaptionOptions? options = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Captions many pictures in one request; each has its own result or error, and is charged for itself.</summary>
    /// <param name="pictures">The pictures, one or more.</param>
    /// <param name="options">How, for all of them.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>One entry for each picture, in their order.</returns>
    /// <exception cref="ImageToTextException">The batch was refused as a whole.</exception>
    Task<BatchAnswer> CaptionBatchAsync(
        IReadOnlyList<Picture> pictures,
        CaptionOptions? options = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>What a picture of that size would cost at each node, cheapest first.</summary>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <param name="modelId">The model; null: the default one.</param>
    /// <param name="maxPricePerPixel">A cap in USD per pixel that the offers are held against; null: none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ImageToTextException">There is no quote.</exception>
    Task<Quote> GetQuoteAsync(
        int width,
        int height,
        string? modelId = null,
        decimal? maxPricePerPixel = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>All models of the network.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ImageToTextException">There is no answer.</exception>
    Task<ModelCatalogue> GetModelsAsync(CancellationToken cancellationToken = default);

    /// <summary>One model.</summary>
    /// <param name="modelId">Its id, such as org/name.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ImageToTextException">404: the network does not have it; or there is no answer.</exception>
    Task<CatalogueModel> GetModelAsync(string modelId, CancellationToken cancellationToken = default);

    /// <summary>What the key has spent, by day and model, and what is left of its budget.</summary>
    /// <param name="from">From this UTC day on; null: from the first.</param>
    /// <param name="to">Up to and with this UTC day; null: up to the last.</param>
    /// <param name="modelId">Of this model alone; null: of all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ImageToTextException">There is no answer.</exception>
    Task<OwnUsage> GetUsageAsync(
        DateOnly? from = null,
        DateOnly? to = null,
        string? modelId = null,
        CancellationToken cancellationToken = default
    );
}
