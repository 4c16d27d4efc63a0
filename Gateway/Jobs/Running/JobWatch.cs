using ImageToText.Gateway.Jobs.Storage;
using ImageToText.Gateway.Jobs.Storage.Rows;
using ImageToText.ServiceDefaults.Resilience;

namespace ImageToText.Gateway.Jobs.Running;

/// <summary>Starts the queue where there may be jobs, and queues a job again that the queue does not know.</summary>
internal sealed partial class JobWatch(
    JobStore store,
    JobBook book,
    ProgressCache counts,
    JobQueue queue,
    PartRun parts,
    ItemWait wait,
    JobRetention retention,
    JobTelemetry telemetry,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<JobWatch> logger
) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await queue.StopAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Items are sent through the routes, so these have to be there.
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(() => started.TrySetResult());
        await started.Task.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await new EndlessRetry(TimeSpan.FromSeconds(1), Interval, time).RepeatAsync(
            async cancellationToken =>
            {
                if (store.MayHoldJobs)
                {
                    var unfinished = await book.UnfinishedAsync(cancellationToken);
                    await ReviveAsync(unfinished, cancellationToken);
                    await ShowAsync(unfinished, cancellationToken);
                    await retention.ApplyAsync(cancellationToken);
                }

                await Task.Delay(Interval, time, cancellationToken);
            },
            (failure, _) => Log.Failed(logger, failure.Message),
            stoppingToken
        );
    }

    private async Task ShowAsync(List<Job> unfinished, CancellationToken cancellationToken)
    {
        long left = 0;
        foreach (var job in unfinished)
        {
            var progress = await counts.OfAsync(job, cancellationToken);
            left += Math.Max(0, job.Total - progress.Completed - progress.Failed);
        }

        telemetry.Show(unfinished, left);
    }

    private async Task ReviveAsync(List<Job> unfinished, CancellationToken cancellationToken)
    {
        await queue.StartAsync(cancellationToken);
        foreach (var job in unfinished)
        {
            if (await queue.KnowsAsync(job.JobId, cancellationToken))
            {
                continue;
            }

            if (wait.GoesOn(job))
            {
                await parts.BeginAsync(job, cancellationToken);
            }
            else
            {
                // Its gateway was killed before it queued the end.
                await queue.AddAsync(job.JobId, JobQueue.Finish, TimeSpan.Zero, again: false, cancellationToken);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2603, LogLevel.Warning, "Jobs can't be looked after and are looked at again: {Reason}")]
        public static partial void Failed(ILogger logger, string reason);
    }
}
