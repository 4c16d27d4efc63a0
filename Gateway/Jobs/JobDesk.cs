using ImageToText.Contracts.Jobs;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Jobs.Running;
using ImageToText.Gateway.Jobs.Storage;

namespace ImageToText.Gateway.Jobs;

/// <summary>Everyone's jobs, for operators.</summary>
internal sealed class JobDesk(JobBook book, JobStore store, JobReport report, JobCancel cancel, JobStoreGuard guard)
{
    private const int Most = 50;

    /// <summary>The latest jobs: those that have not ended first.</summary>
    /// <exception cref="RefusalException">503: the store can't be reached.</exception>
    public async Task<JobList> LatestAsync(CancellationToken cancellationToken)
    {
        if (!store.MayHoldJobs)
        {
            return new JobList([], HasMore: false);
        }

        var jobs = await guard.AskAsync(() => book.LatestAsync(Most + 1, cancellationToken));
        return new JobList(await report.OfAsync(jobs.Take(Most), forOperators: true, cancellationToken), jobs.Count > Most);
    }

    /// <summary>Cancels a job, whoever owns it; one that has ended stays as it is.</summary>
    /// <exception cref="RefusalException">404: there is none; 503: the store can't be reached.</exception>
    public async Task<JobInfo> CancelAsync(string id, CancellationToken cancellationToken)
    {
        var job = await guard.AskAsync(() => cancel.RunAsync(id, cancellationToken)) ?? throw Refusals.NotFound("There is no such job.");
        return await report.OfAsync(job, forOperators: true, cancellationToken);
    }
}
