using System.Globalization;
using ImageToText.Contracts.Jobs;
using ImageToText.Standalone.Operators;

namespace ImageToText.Standalone.Jobs;

/// <summary>How far a job is, in one line.</summary>
internal static class JobProgressLine
{
    /// <summary>The line.</summary>
    public static string Of(JobInfo job)
    {
        int done = job.Pictures.Captioned + job.Pictures.Failed;
        string line = string.Create(
            CultureInfo.InvariantCulture,
            $"{job.Status}: {done:N0} of {job.Pictures.Total:N0}, {job.Pictures.Failed:N0} failed, {job.CostUsd.Text()} USD"
        );
        if (job.PerSecond is { } rate)
        {
            line += string.Create(CultureInfo.InvariantCulture, $", {rate:0.0}/s");
        }

        if (job.SecondsLeft is { } left)
        {
            line += string.Create(CultureInfo.InvariantCulture, $", {TimeSpan.FromSeconds(left):c} left");
        }

        return job.Pause is { } pause ? $"{line}, paused ({pause.Reason})" : line;
    }

    /// <summary>The failures of a job by their code; null: there are none.</summary>
    public static string? Failures(JobInfo job) =>
        job.Failures.Count == 0
            ? null
            : "Failed: "
                + string.Join(
                    ", ",
                    job.Failures.OrderByDescending(static kind => kind.Value)
                        .Select(static kind => string.Create(CultureInfo.InvariantCulture, $"{kind.Key} {kind.Value:N0}"))
                )
                + ".";
}
