using ImageToText.Gateway.Jobs.Storage.Rows;
using Microsoft.EntityFrameworkCore;

namespace ImageToText.Gateway.Jobs.Storage;

/// <summary>What is asked of the store about jobs and their items.</summary>
internal sealed class JobBook(JobStore store)
{
    /// <summary>A job, whoever owns it; null: there is none.</summary>
    public Task<Job?> FindAsync(string jobId, CancellationToken cancellationToken) =>
        store.ReadAsync(db => db.Jobs.FirstOrDefaultAsync(row => row.JobId == jobId, cancellationToken), cancellationToken);

    /// <summary>A key's jobs, newest first.</summary>
    public Task<List<Job>> ListAsync(string keyId, string? after, int count, CancellationToken cancellationToken) =>
        store.ReadAsync(
            db =>
                db.Jobs.Where(row => row.KeyId == keyId && (after == null || row.JobId.CompareTo(after) < 0))
                    .OrderByDescending(row => row.JobId)
                    .Take(count)
                    .ToListAsync(cancellationToken),
            cancellationToken
        );

    /// <summary>Everyone's latest jobs, newest first.</summary>
    public Task<List<Job>> LatestAsync(int count, CancellationToken cancellationToken) =>
        store.ReadAsync(db => db.Jobs.OrderByDescending(row => row.JobId).Take(count).ToListAsync(cancellationToken), cancellationToken);

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

    /// <summary>Adds a job.</summary>
    public Task AddAsync(Job job, CancellationToken cancellationToken) =>
        store.WriteAsync(
            db =>
            {
                db.Jobs.Add(job);
                return Task.FromResult(0);
            },
            cancellationToken
        );

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
    public async Task<JobProgress> ProgressAsync(Job job, CancellationToken cancellationToken)
    {
        if (job.HasEnded)
        {
            return new JobProgress(job.Completed, job.Failed, job.CostUsd);
        }

        return await store.ReadAsync(
            async db =>
            {
                int completed = 0;
                int failed = 0;
                decimal cost = 0;
                var items = db.Items.Where(row => row.JobId == job.JobId).Select(row => new { row.Succeeded, row.CostUsd });
                await foreach (var item in items.AsAsyncEnumerable().WithCancellation(cancellationToken))
                {
                    completed += item.Succeeded ? 1 : 0;
                    failed += item.Succeeded ? 0 : 1;
                    cost += item.CostUsd;
                }

                return new JobProgress(completed, failed, cost);
            },
            cancellationToken
        );
    }

    /// <summary>How many items have a result.</summary>
    public Task<int> CountAsync(string jobId, CancellationToken cancellationToken) =>
        store.ReadAsync(db => db.Items.CountAsync(row => row.JobId == jobId, cancellationToken), cancellationToken);

    /// <summary>Which items of a range have a result.</summary>
    public Task<HashSet<int>> DoneAsync(string jobId, int first, int count, CancellationToken cancellationToken) =>
        store.ReadAsync(
            db =>
                db.Items.Where(row => row.JobId == jobId && row.Index >= first && row.Index < first + count)
                    .Select(row => row.Index)
                    .ToHashSetAsync(cancellationToken),
            cancellationToken
        );

    /// <summary>Adds an item's result. If it already has one, that stays.</summary>
    public async Task AddAsync(JobItem item, CancellationToken cancellationToken)
    {
        try
        {
            await store.WriteAsync(
                async db =>
                {
                    if (!await db.Items.AnyAsync(row => row.JobId == item.JobId && row.Index == item.Index, cancellationToken))
                    {
                        db.Items.Add(item);
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
internal readonly record struct JobProgress(int Completed, int Failed, decimal CostUsd);
