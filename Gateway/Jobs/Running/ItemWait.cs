using ImageToText.Gateway.Jobs.Storage;
using ImageToText.Gateway.Jobs.Storage.Rows;

namespace ImageToText.Gateway.Jobs.Running;

/// <summary>
/// What an item does before it is tried again: it waits, and looks whether its job still takes items. If it waits for more than room,
/// the job says so.
/// </summary>
internal sealed class ItemWait(JobBook book, TimeProvider time)
{
    /// <summary>The first pause of a job that lacks something.</summary>
    public static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(2);

    /// <summary>The longest one.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

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

    /// <summary>The job waits for what its items lack.</summary>
    /// <param name="jobId">The job.</param>
    /// <param name="reason">What that is, as a code.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The job (null: there is none), and whether it did not wait for this before.</returns>
    public async Task<(Job? Job, bool IsNew)> BeginAsync(string jobId, string reason, CancellationToken cancellationToken)
    {
        bool isNew = false;
        var job = await book.ChangeAsync(
            jobId,
            row =>
            {
                isNew = row.PauseReason != reason;
                row.PauseReason = reason;
                row.PausedAt ??= time.GetUtcNow().ToUnixTimeSeconds();
            },
            cancellationToken
        );
        return (job, isNew);
    }

    /// <summary>How long a job pauses that lacks something: as long again as it has waited by now, within limits.</summary>
    public TimeSpan PauseOf(Job? paused)
    {
        var waited = TimeSpan.FromSeconds(time.GetUtcNow().ToUnixTimeSeconds() - (paused?.PausedAt ?? 0));
        return paused is null || waited < FirstPause ? FirstPause
            : waited < LongestPause ? waited
            : LongestPause;
    }

    /// <summary>The job has what an item lacked.</summary>
    public Task OverAsync(string jobId, CancellationToken cancellationToken) =>
        book.ChangeAsync(
            jobId,
            static row =>
            {
                row.PauseReason = null;
                row.PausedAt = null;
            },
            cancellationToken
        );
}
