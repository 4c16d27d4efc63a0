using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Jobs.Storage;
using ImageToText.Gateway.Jobs.Storage.Rows;

namespace ImageToText.Gateway.Jobs.Running;

/// <summary>
/// Stores a job and queues it. A job that is stored runs, so its caller is told so even if the queue can't be reached:
/// <see cref="JobWatch"/> queues it later.
/// </summary>
internal sealed partial class JobStart(JobBook book, PartRun parts, ILogger<JobStart> logger)
{
    /// <summary>Starts it; one that has ended is only stored.</summary>
    /// <exception cref="RefusalException">404: its file was deleted meanwhile.</exception>
    public async Task BeginAsync(Job job, CancellationToken cancellationToken)
    {
        if (!await book.AddAsync(job, cancellationToken))
        {
            throw Refusals.NoFile(job.InputFileId);
        }

        if (job.HasEnded)
        {
            return;
        }

        try
        {
            // Not cancelled with the request.
            await parts.BeginAsync(job, CancellationToken.None);
        }
        catch (Exception failure) when (StoreRetry.Passes(failure))
        {
            Log.NotQueued(logger, job.JobId, failure.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2609, LogLevel.Warning, "Job {JobId} is stored, and is queued later: {Reason}")]
        public static partial void NotQueued(ILogger logger, string jobId, string reason);
    }
}
