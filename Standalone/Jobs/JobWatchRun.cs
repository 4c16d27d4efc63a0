using ImageToText.Contracts.Jobs;
using ImageToText.Standalone.Operators;
using ImageToText.Standalone.Terminals;
using Spectre.Console;

namespace ImageToText.Standalone.Jobs;

/// <summary>Follows a job to its end: a bar on a terminal, otherwise a line whenever it got a tenth further or its state changed.</summary>
internal sealed class JobWatchRun(Terminal terminal)
{
    private const int Lines = 10;

    /// <summary>Follows it.</summary>
    /// <returns>The job at its end.</returns>
    /// <exception cref="CommandException">The gateway can't be reached, or it refuses.</exception>
    public async Task<JobInfo> RunAsync(GatewayAccess gateway, string id, CancellationToken cancellationToken)
    {
        if (terminal.Screen is not { } screen)
        {
            string? last = null;
            return await FollowAsync(
                gateway,
                id,
                job =>
                {
                    int done = job.Pictures.Captioned + job.Pictures.Failed;
                    string step = $"{job.Status} {job.Pause?.Reason} {done * Lines / Math.Max(1, job.Pictures.Total)}";
                    if (step != last)
                    {
                        last = step;
                        terminal.WriteError(JobProgressLine.Of(job));
                        if (job.Pause?.Message is { } message)
                        {
                            terminal.WriteError(message);
                        }
                    }
                },
                cancellationToken
            );
        }

        return await screen
            .Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn())
            .StartAsync(async progress =>
            {
                var bar = progress.AddTask(id);
                return await FollowAsync(
                    gateway,
                    id,
                    job =>
                    {
                        bar.MaxValue = job.Pictures.Total;
                        bar.Value = job.Pictures.Captioned + job.Pictures.Failed;
                        bar.Description = Markup.Escape(JobProgressLine.Of(job));
                    },
                    cancellationToken
                );
            });
    }

    private static Task<JobInfo> FollowAsync(GatewayAccess gateway, string id, Action<JobInfo> show, CancellationToken cancellationToken) =>
        gateway.AskAsync(async client =>
        {
            JobInfo? last = null;
            await foreach (var job in client.Jobs.WatchAsync(id, cancellationToken))
            {
                show(job);
                last = job;
            }

            return last!;
        });
}
