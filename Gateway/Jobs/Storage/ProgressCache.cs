using ImageToText.Gateway.Jobs.Storage.Rows;

namespace ImageToText.Gateway.Jobs.Storage;

/// <summary>
/// How far jobs are. To know it, the items that have ended are counted: there may be a million, and many who watch. So one count serves
/// everyone for a while, for longer the more items a job has.
/// </summary>
internal sealed class ProgressCache(JobBook book, TimeProvider time)
{
    /// <summary>How many of the last seconds count as recent.</summary>
    public const int Recent = 60;

    private const int ItemsPerMillisecond = 100;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, Count> _counts = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    /// <summary>How far a job is, and what ended in the last <see cref="Recent"/> seconds.</summary>
    public Task<JobProgress> OfAsync(Job job, CancellationToken cancellationToken)
    {
        if (job.HasEnded)
        {
            return book.ProgressAsync(job, cancellationToken);
        }

        lock (_gate)
        {
            if (!_counts.TryGetValue(job.JobId, out var count) || !count.Holds(time))
            {
                Forget();
                count = new Count(CountAsync(job), time.GetTimestamp(), Min(TimeSpan.FromMilliseconds(job.Total / ItemsPerMillisecond)));
                _counts[job.JobId] = count;
            }

            return count.Progress.WaitAsync(cancellationToken);
        }
    }

    private static TimeSpan Min(TimeSpan span) => span < Longest ? span : Longest;

    // Not cancelled with whoever asked first, since others wait for it too.
    private Task<JobProgress> CountAsync(Job job) =>
        Task.Run(() => book.ProgressAsync(job, time.GetUtcNow().ToUnixTimeSeconds() - Recent, CancellationToken.None));

    private void Forget()
    {
        foreach (var (id, _) in _counts.Where(entry => !entry.Value.Holds(time)).ToArray())
        {
            _counts.Remove(id);
        }
    }

    /// <summary>A count.</summary>
    /// <param name="Progress">What it says.</param>
    /// <param name="BeganAt">When it began.</param>
    /// <param name="For">How long it holds.</param>
    private sealed record Count(Task<JobProgress> Progress, long BeganAt, TimeSpan For)
    {
        public bool Holds(TimeProvider time) =>
            !Progress.IsCompleted || (Progress.IsCompletedSuccessfully && time.GetElapsedTime(BeganAt) < For);
    }
}
