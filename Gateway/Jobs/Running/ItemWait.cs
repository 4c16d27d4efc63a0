using ImageToText.Contracts;
using ImageToText.Gateway.Jobs.Storage;
using ImageToText.Gateway.Jobs.Storage.Rows;

namespace ImageToText.Gateway.Jobs.Running;

/// <summary>
/// What an item does before it is tried again: it waits, and looks whether its job still takes items. If it waits for a bucket, the job
/// says so.
/// </summary>
internal sealed class ItemWait(JobBook book, TimeProvider time)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    /// <summary>Whether a job still takes items.</summary>
    public bool GoesOn(Job? job) =>
        job is { State: JobState.Validating or JobState.InProgress } && job.ExpiresAt > time.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>Waits.</summary>
    /// <param name="jobId">The job.</param>
    /// <param name="wait">How long, at most half a minute.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Whether the job still takes items.</returns>
    public async Task<bool> PassesAsync(string jobId, TimeSpan wait, CancellationToken cancellationToken)
    {
        await Task.Delay(wait < Longest ? wait : Longest, time, cancellationToken);
        return GoesOn(await book.FindAsync(jobId, cancellationToken));
    }

    /// <summary>Waits for the job's bucket.</summary>
    /// <inheritdoc cref="PassesAsync"/>
    public async Task<bool> BucketPassesAsync(string jobId, TimeSpan wait, CancellationToken cancellationToken)
    {
        if (await book.FindAsync(jobId, cancellationToken) is { PauseReason: null })
        {
            await book.ChangeAsync(
                jobId,
                row =>
                {
                    row.PausedAt ??= time.GetUtcNow().ToUnixTimeSeconds();
                    row.PauseReason ??= ErrorCodeTable.BucketUnavailable.Code;
                },
                cancellationToken
            );
        }

        return await PassesAsync(jobId, wait, cancellationToken);
    }

    /// <summary>The bucket that an item waited for is there again.</summary>
    public Task OverAsync(string jobId, CancellationToken cancellationToken) =>
        book.ChangeAsync(
            jobId,
            static row =>
            {
                if (row.PauseReason == ErrorCodeTable.BucketUnavailable.Code)
                {
                    row.PauseReason = null;
                    row.PausedAt = null;
                }
            },
            cancellationToken
        );
}
