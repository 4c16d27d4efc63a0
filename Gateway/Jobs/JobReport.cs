using System.Text.Json;
using ImageToText.Contracts;
using ImageToText.Contracts.Jobs;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Jobs.Native;
using ImageToText.Gateway.Jobs.Storage;
using ImageToText.Gateway.Jobs.Storage.Rows;

namespace ImageToText.Gateway.Jobs;

/// <summary>Tells how far jobs are.</summary>
internal sealed class JobReport(ProgressCache counts, JobStoreGuard guard, TimeProvider time)
{
    /// <summary>How far a job is.</summary>
    /// <param name="job">The job.</param>
    /// <param name="forOperators">Whether to tell whose it is.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public Task<JobInfo> OfAsync(Job job, bool forOperators, CancellationToken cancellationToken) =>
        guard.AskAsync(async () => Of(job, await counts.OfAsync(job, cancellationToken), forOperators));

    /// <summary>
    /// How far a job is that was just stored. It runs, so its caller is told so even if the store can't be read any more.
    /// </summary>
    /// <param name="job">The job.</param>
    public async Task<JobInfo> OfNewAsync(Job job)
    {
        try
        {
            // Not cancelled with the request.
            return await OfAsync(job, forOperators: false, CancellationToken.None);
        }
        catch (RefusalException refused) when (refused.Refusal.Code == ErrorCodeTable.JobsUnavailable.Code)
        {
            return Of(job, new JobProgress(0, 0, 0), forOperators: false);
        }
    }

    /// <summary>How far jobs are.</summary>
    public async Task<List<JobInfo>> OfAsync(IEnumerable<Job> jobs, bool forOperators, CancellationToken cancellationToken)
    {
        var reports = new List<JobInfo>();
        foreach (var job in jobs)
        {
            reports.Add(await OfAsync(job, forOperators, cancellationToken));
        }

        return reports;
    }

    private JobInfo Of(Job job, JobProgress progress, bool forOperators)
    {
        long now = time.GetUtcNow().ToUnixTimeSeconds();
        long span = Math.Clamp(now - (job.StartedAt ?? now), 1, ProgressCache.Recent);
        double? rate = job.HasEnded || progress.Recent == 0 ? null : Math.Round((double)progress.Recent / span, 2);
        var ask = NativeAsk.Of(job);
        return new JobInfo(
            job.JobId,
            JsonNamingPolicy.SnakeCaseLower.ConvertName(job.State.ToString()),
            ask.Folder,
            ask.RetryOf,
            new JobCounts(job.Total, progress.Completed, progress.Failed),
            progress.Failures,
            progress.CostUsd,
            rate,
            rate > 0 ? Math.Ceiling((job.Total - progress.Completed - progress.Failed) / rate.Value) : null,
            PauseOf(job),
            At(job.CreatedAt),
            At(job.ExpiresAt),
            job.EndedAt is { } ended ? At(ended) : null,
            forOperators ? job.KeyId : null,
            ask.Bucket,
            ask.Prefix,
            ask.ResultsKey,
            ask.ResultsFault,
            job.QuoteJson is { } quote ? JsonSerializer.Deserialize(quote, JobJson.Default.JobQuote) : null
        );
    }

    private static JobPause? PauseOf(Job job) =>
        job is { PauseReason: { } reason, PausedAt: { } since }
            ? new JobPause(
                reason,
                At(since),
                ErrorCodeTable.All.FirstOrDefault(kind => kind.Code == reason) is { } known ? $"{known.Meaning} {known.Remedy}" : null
            )
            : null;

    private static DateTimeOffset At(long seconds) => DateTimeOffset.FromUnixTimeSeconds(seconds);
}
