using ImageToText.Gateway.Jobs.Storage;
using ImageToText.Gateway.Jobs.Storage.Rows;

namespace ImageToText.Gateway.Jobs.Running;

/// <summary>Cancels jobs.</summary>
internal sealed class JobCancel(JobBook book, JobQueue queue, TimeProvider time)
{
    /// <summary>Cancels a job; one that has ended stays as it is.</summary>
    /// <returns>The job; null: there is none.</returns>
    public async Task<Job?> RunAsync(string jobId, CancellationToken cancellationToken)
    {
        var job = await book.ChangeAsync(
            jobId,
            row =>
            {
                if (row.State is JobState.Validating or JobState.InProgress)
                {
                    row.State = JobState.Cancelling;
                    row.CancellingAt = time.GetUtcNow().ToUnixTimeSeconds();
                }
            },
            cancellationToken
        );
        if (job is { State: JobState.Cancelling })
        {
            await queue.AddAsync(jobId, JobQueue.Finish, TimeSpan.Zero, again: false, CancellationToken.None);
        }

        return job;
    }
}
