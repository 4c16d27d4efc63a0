using ImageToText.Contracts.Jobs;

namespace ImageToText.Client.Jobs;

/// <summary>
/// Jobs of a key: pictures that the gateway fetches itself and captions in the background. Every method throws
/// <see cref="ImageToTextException"/> if there is no answer, after retrying temporary refusals. Only what starts a job is not
/// retried.
/// </summary>
public interface IJobClient
{
    /// <summary>Says what a job will cost, by the headers of its pictures, and starts none.</summary>
    /// <param name="request">Its pictures and options.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="ImageToTextException">The job would be refused.</exception>
    Task<JobQuote> QuoteAsync(JobRequest request, CancellationToken cancellationToken = default);

    /// <summary>Starts a job.</summary>
    /// <param name="request">Its pictures and options.</param>
    /// <param name="cancellationToken">Stops waiting. The job may have started.</param>
    /// <exception cref="ImageToTextException">The job was refused.</exception>
    Task<JobInfo> SubmitAsync(JobRequest request, CancellationToken cancellationToken = default);

    /// <summary>Returns how far a job is.</summary>
    /// <param name="id">The job.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="ImageToTextException">The key has no such job (404), or the service gave no answer.</exception>
    Task<JobInfo> GetAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Returns the key's jobs, newest first, asking for more as you read on.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="ImageToTextException">The service gave no answer.</exception>
    IAsyncEnumerable<JobInfo> ListAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Follows a job to its end: returns it whenever it got further. The last one has ended. A connection that breaks is made again.
    /// </summary>
    /// <param name="id">The job.</param>
    /// <param name="cancellationToken">Stops watching. The job goes on.</param>
    /// <exception cref="ImageToTextException">The key has no such job (404), or the service can't be reached any more.</exception>
    IAsyncEnumerable<JobInfo> WatchAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Cancels a job. Pictures under way still end, and are charged.</summary>
    /// <param name="id">The job.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="ImageToTextException">The key has no such job (404), or the service gave no answer.</exception>
    Task<JobInfo> CancelAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Starts another job with the pictures that a job left without a caption.</summary>
    /// <param name="id">The job that has ended.</param>
    /// <param name="cancellationToken">Stops waiting. The other job may have started.</param>
    /// <returns>The other job.</returns>
    /// <exception cref="ImageToTextException">
    /// The job has not ended (409), each of its pictures has its caption (422), or the service gave no answer.
    /// </exception>
    Task<JobInfo> RetryAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Returns a job's results one by one: captions first, then failures; while it runs, what is done by now.</summary>
    /// <param name="id">The job.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="ImageToTextException">The key has no such job (404), or the connection broke.</exception>
    IAsyncEnumerable<JobResult> GetResultsAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Writes a job's results, as JSON lines.</summary>
    /// <param name="id">The job.</param>
    /// <param name="destination">Where to. It stays open.</param>
    /// <param name="cancellationToken">Stops writing.</param>
    /// <exception cref="ImageToTextException">The key has no such job (404), or the connection broke.</exception>
    /// <exception cref="IOException">The destination can't be written.</exception>
    Task CopyResultsAsync(string id, Stream destination, CancellationToken cancellationToken = default);

    /// <summary>Removes a job that has ended, with its results.</summary>
    /// <param name="id">The job.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="ImageToTextException">The key has no such job (404), it has not ended (409), or there was no answer.</exception>
    Task DeleteAsync(string id, CancellationToken cancellationToken = default);
}
