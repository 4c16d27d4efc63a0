namespace ImageToText.Gateway.Jobs;

/// <summary>The ids of jobs. What comes before the underscore says which API started one.</summary>
internal static class JobIds
{
    /// <summary>The start of ids of OpenAI's batches.</summary>
    public const string Batch = "batch_";

    /// <summary>The start of ids of our own jobs.</summary>
    public const string Native = "job_";

    /// <summary>What follows the start of a new id. Later ones sort later.</summary>
    public static string NewBare() => Guid.CreateVersion7().ToString("N");

    /// <summary>Whether a job was started by our own API.</summary>
    public static bool IsNative(string id) => id.StartsWith(Native, StringComparison.Ordinal);

    /// <summary>An id without its start.</summary>
    public static string Bare(string id) => id[(id.IndexOf('_', StringComparison.Ordinal) + 1)..];
}
