using ImageToText.Gateway.Jobs.Storage.Rows;

namespace ImageToText.Gateway.Jobs.Running;

/// <summary>The two result files of a job.</summary>
internal static class JobResultFiles
{
    /// <summary>The one with captions.</summary>
    public const string Output = "output";

    /// <summary>The one with failures.</summary>
    public const string Errors = "errors";

    /// <summary>The id of one: always the same for a job.</summary>
    public static string IdOf(Job job, string kind) => $"file-{JobIds.Bare(job.JobId)}-{kind}";

    /// <summary>The entry of one.</summary>
    /// <param name="job">The job.</param>
    /// <param name="kind">Which one.</param>
    /// <param name="account">The account that pays for its room.</param>
    /// <param name="bytes">Its bytes.</param>
    /// <param name="lines">Its lines.</param>
    /// <param name="now">The time; seconds since 1970.</param>
    public static StoredFile Of(Job job, string kind, string? account, long bytes, int lines, long now) =>
        new()
        {
            FileId = IdOf(job, kind),
            KeyId = job.KeyId,
            Account = account,
            Purpose = JobIds.IsNative(job.JobId) ? "job_output" : "batch_output",
            FileName = $"{job.JobId}_{kind}.jsonl",
            Bytes = bytes,
            CreatedAt = now,
            Lines = lines,
        };
}
