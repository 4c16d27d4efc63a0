using ImageToText.Contracts;
using ImageToText.Gateway.Jobs.Files;
using ImageToText.Gateway.Jobs.Storage;
using ImageToText.Gateway.Jobs.Storage.Rows;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Jobs.Running;

/// <summary>
/// Runs a part of a job: a few items at once. Then it queues the part that follows, so that a few parts of each job are queued and
/// jobs take turns.
/// </summary>
internal sealed partial class PartRun(
    JobBook book,
    JobQueue queue,
    ItemRun items,
    ItemWait wait,
    FileShelf shelf,
    JobTelemetry telemetry,
    IOptions<JobOptions> options,
    TimeProvider time,
    ILogger<PartRun> logger
)
{
    /// <summary>Items in a part.</summary>
    public const int Size = 16;

    /// <summary>Parts of a job that are under way at once.</summary>
    public const int Chains = 4;

    private readonly StoreRetry _retry = new(time);

    /// <summary>Queues the first parts of a job, and its end by time.</summary>
    public async Task BeginAsync(Job job, CancellationToken cancellationToken)
    {
        var left = DateTimeOffset.FromUnixTimeSeconds(job.ExpiresAt) - time.GetUtcNow();
        await queue.AddAsync(
            job.JobId,
            JobQueue.Finish,
            left > StoreRetry.Pause ? left : StoreRetry.Pause,
            again: false,
            cancellationToken
        );
        for (int part = 0; part < Chains && part * Size < Math.Max(1, job.Total); part++)
        {
            await queue.AddAsync(job.JobId, part, TimeSpan.Zero, again: false, cancellationToken);
        }
    }

    /// <summary>Runs it. While the store can't be reached, it tries again.</summary>
    public Task RunAsync(string jobId, int part, CancellationToken cancellationToken) =>
        _retry.UntilDoneAsync(
            stop => TryAsync(jobId, part, stop),
            failure => Log.Failed(logger, jobId, part, failure.Message),
            cancellationToken
        );

    private async ValueTask TryAsync(string jobId, int part, CancellationToken cancellationToken)
    {
        while (true)
        {
            var job = await book.FindAsync(jobId, cancellationToken);
            if (!wait.GoesOn(job))
            {
                return;
            }

            if (part * Size >= job!.Total)
            {
                if (await book.CountAsync(jobId, cancellationToken) >= job.Total)
                {
                    await queue.AddAsync(jobId, JobQueue.Finish, TimeSpan.Zero, again: false, cancellationToken);
                }

                return;
            }

            var done = await book.DoneAsync(jobId, part * Size, Size, cancellationToken);
            int count = Math.Min(Size, job.Total - (part * Size));
            if (done.Count < count)
            {
                if (job.State == JobState.Validating)
                {
                    await BeganAsync(jobId, cancellationToken);
                }

                if (!await shelf.KnowsAsync(job.InputFileId, cancellationToken))
                {
                    await queue.AddAsync(jobId, JobQueue.Finish, TimeSpan.Zero, again: false, cancellationToken);
                    return;
                }

                if (!await RunItemsAsync(job, part, done, cancellationToken))
                {
                    return;
                }

                if ((part + Chains) * Size < job.Total)
                {
                    // Another job may be next.
                    await queue.AddAsync(jobId, part + Chains, TimeSpan.Zero, again: false, cancellationToken);
                    return;
                }
            }

            part += Chains;
        }
    }

    private Task<Job?> BeganAsync(string jobId, CancellationToken cancellationToken) =>
        book.ChangeAsync(
            jobId,
            row =>
            {
                if (row.State == JobState.Validating)
                {
                    row.State = JobState.InProgress;
                    row.StartedAt = time.GetUtcNow().ToUnixTimeSeconds();
                }
            },
            cancellationToken
        );

    /// <summary>Runs the items that have no result yet; false: the job does not go on now.</summary>
    private async Task<bool> RunItemsAsync(Job job, int part, HashSet<int> done, CancellationToken cancellationToken)
    {
        var places = await shelf.PlacesAsync(job.InputFileId, part * Size, Size, cancellationToken);
        var unwritten = await book.UnwrittenAsync(job.JobId, part * Size, Size, cancellationToken);
        var ends = await Task.WhenAll(
            places
                .Select((place, i) => (Place: place, Index: (part * Size) + i))
                .Where(item => !done.Contains(item.Index))
                .Select(item => items.RunAsync(job, item.Index, item.Place, unwritten.GetValueOrDefault(item.Index), cancellationToken))
        );
        if (ends.Any(static end => end.IsStopped))
        {
            return false;
        }

        string[] lacks = [.. ends.Select(static end => end.Lacks).OfType<string>()];
        if (lacks.Length == 0)
        {
            return true;
        }

        // Meanwhile other jobs have the queue.
        if (await PauseAsync(job, lacks, cancellationToken) is { } pause)
        {
            // As long as the longest Retry-After, within limits, since each try reads the picture anew.
            var asked = ends.Max(static end => end.RetryAfter) ?? TimeSpan.Zero;
            asked = asked < ItemWait.LongestPause ? asked : ItemWait.LongestPause;
            await queue.AddAsync(job.JobId, part, asked > pause ? asked : pause, again: true, cancellationToken);
        }

        return false;
    }

    /// <summary>How long a part waits whose items lack something; null: the job takes no more items.</summary>
    private async Task<TimeSpan?> PauseAsync(Job job, string[] lacks, CancellationToken cancellationToken)
    {
        string? reason = lacks.Contains(ErrorCodeTable.BudgetExhausted.Code)
            ? ErrorCodeTable.BudgetExhausted.Code
            : lacks.FirstOrDefault(static code => code != ErrorCodeTable.Overloaded.Code);
        if (reason is null)
        {
            return ItemWait.FirstPause;
        }

        var (paused, isNew) = await wait.BeginAsync(job.JobId, reason, cancellationToken);
        if (!wait.GoesOn(paused))
        {
            return null;
        }

        if (reason != ErrorCodeTable.BudgetExhausted.Code)
        {
            return wait.PauseOf(paused);
        }

        if (isNew)
        {
            telemetry.Paused();
        }

        return options.Value.BudgetPause;
    }

    private static partial class Log
    {
        [LoggerMessage(2601, LogLevel.Warning, "Part {Part} of job {JobId} can't go on and is tried again: {Reason}")]
        public static partial void Failed(ILogger logger, string jobId, int part, string reason);
    }
}
