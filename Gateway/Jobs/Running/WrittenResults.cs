using ImageToText.Gateway.Jobs.Storage.Rows;

namespace ImageToText.Gateway.Jobs.Running;

/// <summary>The result files of a job that is about to end, and what they sum up to.</summary>
/// <param name="Completed">Lines of the file with captions.</param>
/// <param name="Failed">Items that failed.</param>
/// <param name="CostUsd">What the items cost.</param>
/// <param name="FailuresJson">How many failed with each code, as JSON; null: none did.</param>
/// <param name="Output">The file with captions; null: there are none.</param>
/// <param name="Errors">The file with failures; null: there are none.</param>
internal sealed record WrittenResults(int Completed, int Failed, decimal CostUsd, string? FailuresJson, string? Output, string? Errors)
{
    /// <summary>The files, in their order.</summary>
    public IReadOnlyList<string> Files => [.. new[] { Output, Errors }.OfType<string>()];

    /// <summary>What was noted of a job that waits for its bucket; null: its files aren't written yet.</summary>
    public static WrittenResults? Of(Job job) =>
        job.OutputFileId is null && job.ErrorFileId is null
            ? null
            : new WrittenResults(job.Completed, job.Failed, job.CostUsd, job.FailuresJson, job.OutputFileId, job.ErrorFileId);

    /// <summary>Notes it.</summary>
    public void Note(Job job)
    {
        (job.Completed, job.Failed, job.CostUsd) = (Completed, Failed, CostUsd);
        (job.FailuresJson, job.OutputFileId, job.ErrorFileId) = (FailuresJson, Output, Errors);
    }
}
