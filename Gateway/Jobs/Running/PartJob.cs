using System.Collections.Concurrent;
using System.Globalization;
using Quartz;

namespace ImageToText.Gateway.Jobs.Running;

/// <summary>What the queue runs: one part of a job.</summary>
internal sealed class PartJob(PartRun run, JobFinish finish) : IJob
{
    /// <summary>The name of the job's id in the queue's data.</summary>
    public const string JobId = "job";

    /// <summary>The name of the part's number.</summary>
    public const string Part = "part";

    private readonly ConcurrentDictionary<(string, int), bool> _underWay = new();

    /// <inheritdoc/>
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        string jobId = context.MergedJobDataMap.GetString(JobId)!;
        int part = int.Parse(context.MergedJobDataMap.GetString(Part)!, CultureInfo.InvariantCulture);
        // After a crash the same part may be queued twice.
        if (!_underWay.TryAdd((jobId, part), true))
        {
            return;
        }

        try
        {
            await (part == JobQueue.Finish ? finish.RunAsync(jobId, cancellationToken) : run.RunAsync(jobId, part, cancellationToken));
        }
        finally
        {
            _underWay.TryRemove((jobId, part), out _);
        }
    }
}
