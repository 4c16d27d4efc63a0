using ImageToText.Contracts.Jobs;

namespace ImageToText.Client.Batches;

/// <summary>
/// Batches of a key: pictures that you upload and that the gateway captions in the background. Upload them, ask for a quote, start,
/// watch, and read the results. Every method throws <see cref="ImageToTextException"/> if there is no answer, after retrying
/// temporary refusals. Only uploads and what starts a batch are not retried.
/// </summary>
public interface IBatchClient
{
    /// <summary>Uploads pictures with the options for all of them. Nothing is captioned yet.</summary>
    /// <param name="pictures">
    /// Pictures with different names; one without gets a number. They are read one by one as they are sent. A file has room for
    /// 50,000 pictures and 200 MB, as base64: split larger libraries.
    /// </param>
    /// <param name="options">
    /// The options; null: the model's own. <see cref="CaptionOptions.Details"/> and <see cref="CaptionOptions.Cache"/> don't count.
    /// </param>
    /// <param name="cancellationToken">Stops sending.</param>
    /// <returns>The file's id.</returns>
    /// <exception cref="ArgumentException">
    /// There is no picture, two have the same name, or a name is longer than 256 characters.
    /// </exception>
    /// <exception cref="ImageToTextException">The file was refused.</exception>
    Task<string> UploadAsync(
        IAsyncEnumerable<Picture> pictures,
        CaptionOptions? options = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Returns what the batch of a file would cost if it were started now; null: a model has no price at present.</summary>
    /// <param name="fileId">The file.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="ImageToTextException">
    /// The key has no such file (404), every picture is above its price cap (402), or the service gave no answer.
    /// </exception>
    Task<JobQuote?> GetQuoteAsync(string fileId, CancellationToken cancellationToken = default);

    /// <summary>Starts the batch of a file.</summary>
    /// <param name="fileId">The file.</param>
    /// <param name="maxCostUsd">The most that it may cost; if its quote is above that, it isn't started (402). Null: no limit.</param>
    /// <param name="completionWindow">The time allowed, in hours or days, such as 24h or 7d; at most 30d.</param>
    /// <param name="cancellationToken">Stops waiting. The batch may have started.</param>
    /// <exception cref="ImageToTextException">The batch was refused.</exception>
    Task<CaptionBatch> StartAsync(
        string fileId,
        decimal? maxCostUsd = null,
        string completionWindow = "24h",
        CancellationToken cancellationToken = default
    );

    /// <summary>Returns how far a batch is.</summary>
    /// <param name="id">The batch.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="ImageToTextException">The key has no such batch (404), or the service gave no answer.</exception>
    Task<CaptionBatch> GetAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Returns the key's batches, newest first, asking for more as you read on.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="ImageToTextException">The service gave no answer.</exception>
    IAsyncEnumerable<CaptionBatch> ListAsync(CancellationToken cancellationToken = default);

    /// <summary>Follows a batch to its end: returns it whenever it got further. The last one has ended.</summary>
    /// <param name="id">The batch.</param>
    /// <param name="cancellationToken">Stops watching. The batch goes on.</param>
    /// <exception cref="ImageToTextException">The key has no such batch (404), or the service gave no answer.</exception>
    IAsyncEnumerable<CaptionBatch> WatchAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Cancels a batch. Pictures under way still end, and are charged.</summary>
    /// <param name="id">The batch.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="ImageToTextException">The key has no such batch (404), or the service gave no answer.</exception>
    Task<CaptionBatch> CancelAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Returns the results of a batch that has ended, one by one: captions first, then failures.</summary>
    /// <param name="id">The batch.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="ImageToTextException">The key has no such batch (404), or the connection broke.</exception>
    IAsyncEnumerable<BatchCaption> GetResultsAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Deletes a file: pictures that were uploaded, or results.</summary>
    /// <param name="fileId">The file.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="ImageToTextException">The key has no such file (404), a batch reads it (409), or there was no answer.</exception>
    Task DeleteFileAsync(string fileId, CancellationToken cancellationToken = default);
}
