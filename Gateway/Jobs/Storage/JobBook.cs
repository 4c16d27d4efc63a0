using System.Linq.Expressions;
using System.Text.Json;
using ImageToText.Gateway.Jobs.Storage.Rows;
using Microsoft.EntityFrameworkCore;

namespace ImageToText.Gateway.Jobs.Storage;

/// <summary>What is asked of the store about jobs and their items.</summary>
internal sealed class JobBook(JobStore store)
{
    // All but those of JobItem.IsUnwritten.
    private static readonly Expression<Func<JobItem, bool>> HasResult = static row => !row.Succeeded || row.Code == null;

    /// <summary>A job, whoever owns it; null: there is none.</summary>
    public Task<Job?> FindAsync(string jobId, CancellationToken cancellationToken) =>
        store.ReadAsync(db => db.Jobs.FirstOrDefaultAsync(row => row.JobId == jobId, cancellationToken), cancellationToken);

    /// <summary>A key's jobs whose ids begin with <paramref name="kind"/>, newest first.</summary>
    public Task<List<Job>> ListAsync(string keyId, string kind, string? after, int count, CancellationToken cancellationToken) =>
        store.ReadAsync(
            db =>
                db.Jobs.Where(row => row.KeyId == keyId && row.JobId.StartsWith(kind) && (after == null || row.JobId.CompareTo(after) < 0))
                    .OrderByDescending(row => row.JobId)
                    .Take(count)
                    .ToListAsync(cancellationToken),
            cancellationToken
        );

    /// <summary>Everyone's jobs: those under way, then those that wait for their turn, then those that ended; newest first.</summary>
    public Task<List<Job>> LatestAsync(int count, CancellationToken cancellationToken) =>
        store.ReadAsync(
            db =>
                db.Jobs.OrderBy(static row =>
                        row.EndedAt != null ? 2
                        : row.StartedAt == null && row.CancellingAt == null ? 1
                        : 0
                    )
                    .ThenByDescending(static row => row.CreatedAt)
                    .Take(count)
                    .ToListAsync(cancellationToken),
            cancellationToken
        );

    /// <summary>All jobs that have not ended.</summary>
    public Task<List<Job>> UnfinishedAsync(CancellationToken cancellationToken) =>
        store.ReadAsync(
            db =>
                db.Jobs.Where(row =>
                        row.State == JobState.Validating
                        || row.State == JobState.InProgress
                        || row.State == JobState.Finalizing
                        || row.State == JobState.Cancelling
                    )
                    .ToListAsync(cancellationToken),
            cancellationToken
        );

    /// <summary>Adds a job, unless the same request has added it before; false: its input file is gone.</summary>
    public Task<bool> AddAsync(Job job, CancellationToken cancellationToken) =>
        store.WriteAsync(
            async db =>
            {
                bool hasInput = await db.HoldFileAsync(job.InputFileId, cancellationToken);
                if (hasInput && !await db.Jobs.AnyAsync(row => row.JobId == job.JobId, cancellationToken))
                {
                    db.Jobs.Add(job);
                }

                return hasInput;
            },
            cancellationToken
        );

    /// <summary>Removes a job.</summary>
    public Task<int> RemoveAsync(string jobId, CancellationToken cancellationToken) =>
        store.WriteAsync(db => db.Jobs.Where(row => row.JobId == jobId).ExecuteDeleteAsync(cancellationToken), cancellationToken);

    /// <summary>Changes a job that has not ended.</summary>
    /// <returns>The job as it is now; null: there is none.</returns>
    public Task<Job?> ChangeAsync(string jobId, Action<Job> change, CancellationToken cancellationToken) =>
        store.WriteAsync(
            async db =>
            {
                var job = await db.Jobs.FirstOrDefaultAsync(row => row.JobId == jobId, cancellationToken);
                if (job is { HasEnded: false })
                {
                    change(job);
                }

                return job;
            },
            cancellationToken
        );

    /// <summary>How far a job is, and what its items have cost so far.</summary>
    public Task<JobProgress> ProgressAsync(Job job, CancellationToken cancellationToken) =>
        ProgressAsync(job, long.MaxValue, cancellationToken);

    /// <summary>The same, with what has ended since a time.</summary>
    /// <param name="job">The job.</param>
    /// <param name="since">The time; seconds since 1970.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public async Task<JobProgress> ProgressAsync(Job job, long since, CancellationToken cancellationToken)
    {
        if (job.HasEnded)
        {
            return new JobProgress(job.Completed, job.Failed, job.CostUsd)
            {
                Failures = job.FailuresJson is { } json ? JsonSerializer.Deserialize(json, JobJson.Default.DictionaryStringInt32)! : [],
            };
        }

        return await store.ReadAsync(
            async db =>
            {
                var sums = await db
                    .Items.Where(row => row.JobId == job.JobId)
                    .GroupBy(row => new { row.Succeeded, row.Code })
                    .Select(alike => new
                    {
                        alike.Key.Succeeded,
                        alike.Key.Code,
                        Count = alike.Count(),
                        Recent = alike.Count(row => row.EndedAt >= since),
                        CostUsd = alike.Sum(row => row.CostUsd),
                    })
                    .ToListAsync(cancellationToken);
                return new JobProgress(
                    sums.Where(static sum => sum.Succeeded && sum.Code is null).Sum(static sum => sum.Count),
                    sums.Where(static sum => !sum.Succeeded).Sum(static sum => sum.Count),
                    sums.Sum(static sum => sum.CostUsd)
                )
                {
                    Recent = sums.Where(static sum => !sum.Succeeded || sum.Code is null).Sum(static sum => sum.Recent),
                    Failures = sums.Where(static sum => !sum.Succeeded && sum.Code is not null)
                        .GroupBy(static sum => sum.Code!, StringComparer.Ordinal)
                        .ToDictionary(static alike => alike.Key, static alike => alike.Sum(sum => sum.Count), StringComparer.Ordinal),
                };
            },
            cancellationToken
        );
    }

    /// <summary>How many items have a result.</summary>
    public Task<int> CountAsync(string jobId, CancellationToken cancellationToken) =>
        store.ReadAsync(db => db.Items.Where(row => row.JobId == jobId).CountAsync(HasResult, cancellationToken), cancellationToken);

    /// <summary>The items of a range that only lack their text files.</summary>
    public Task<Dictionary<int, JobItem>> UnwrittenAsync(string jobId, int first, int count, CancellationToken cancellationToken) =>
        store.ReadAsync(
            db =>
                db.Items.Where(row =>
                        row.JobId == jobId && row.Index >= first && row.Index < first + count && row.Succeeded && row.Code != null
                    )
                    .ToDictionaryAsync(row => row.Index, cancellationToken),
            cancellationToken
        );

    /// <summary>Which items of a range have a result.</summary>
    public Task<HashSet<int>> DoneAsync(string jobId, int first, int count, CancellationToken cancellationToken) =>
        store.ReadAsync(
            db =>
                db.Items.Where(row => row.JobId == jobId && row.Index >= first && row.Index < first + count)
                    .Where(HasResult)
                    .Select(row => row.Index)
                    .ToHashSetAsync(cancellationToken),
            cancellationToken
        );

    /// <summary>Adds an item's result. If it already has one, that stays, unless only its text file was missing.</summary>
    public async Task AddAsync(JobItem item, CancellationToken cancellationToken)
    {
        try
        {
            await store.WriteAsync(
                async db =>
                {
                    var before = await db.Items.FirstOrDefaultAsync(
                        row => row.JobId == item.JobId && row.Index == item.Index,
                        cancellationToken
                    );
                    if (before is null)
                    {
                        db.Items.Add(item);
                    }
                    else if (before.IsUnwritten)
                    {
                        (before.Succeeded, before.Code, before.Line, before.EndedAt) = (item.Succeeded, item.Code, item.Line, item.EndedAt);
                    }

                    return 0;
                },
                cancellationToken
            );
        }
        catch (DbUpdateException)
        {
            // Another gateway was faster. Anything else fails again on this read.
            if ((await DoneAsync(item.JobId, item.Index, 1, cancellationToken)).Count == 0)
            {
                throw;
            }
        }
    }

    /// <summary>The lines of the items that succeeded, or of those that failed, in order.</summary>
    public Task<T> ReadLinesAsync<T>(string jobId, Func<IAsyncEnumerable<JobItem>, Task<T>> read, CancellationToken cancellationToken) =>
        store.ReadAsync(
            db => read(db.Items.Where(row => row.JobId == jobId).OrderBy(row => row.Index).AsAsyncEnumerable()),
            cancellationToken
        );
}

/// <summary>How far a job is.</summary>
/// <param name="Completed">Items with a caption.</param>
/// <param name="Failed">Items without.</param>
/// <param name="CostUsd">What they cost.</param>
internal sealed record JobProgress(int Completed, int Failed, decimal CostUsd)
{
    /// <summary>Items that ended since the time asked about.</summary>
    public int Recent { get; init; }

    /// <summary>How many failed with each code.</summary>
    public IReadOnlyDictionary<string, int> Failures { get; init; } = new Dictionary<string, int>();
}
