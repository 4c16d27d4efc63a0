using System.Text.Json;
using ImageToText.Gateway.Jobs.Storage.Rows;
using ImageToText.Gateway.Jobs.Webhooks;

namespace ImageToText.Gateway.Jobs.Native;

/// <summary>What one of our own jobs was asked for, beside its pictures.</summary>
/// <param name="Folder">The folder whose pictures it captions; null: it has others.</param>
/// <param name="RetryOf">The job whose uncaptioned pictures it captions; null: it is no retry.</param>
/// <param name="Webhook">What is told of its end; null: nothing is.</param>
internal sealed record NativeAsk(string? Folder = null, string? RetryOf = null, JobWebhook? Webhook = null)
{
    /// <summary>The bucket whose pictures it captions; null: it has others.</summary>
    public string? Bucket { get; init; }

    /// <summary>What the keys of its pictures in the bucket begin with.</summary>
    public string? Prefix { get; init; }

    /// <summary>The object of the bucket that gets the results; null: none does.</summary>
    public string? ResultsKey { get; init; }

    /// <summary>Why that object was not written, in words; null: it was, or the job has not ended.</summary>
    public string? ResultsFault { get; init; }

    private static readonly NativeAsk Nothing = new();

    /// <summary>Reads what a job was asked for.</summary>
    public static NativeAsk Of(Job job) =>
        job.NativeJson is { } json ? JsonSerializer.Deserialize(json, JobJson.Default.NativeAsk)! : Nothing;

    /// <summary>The same for a job that captions what this one left. Its results go beside those of this one.</summary>
    /// <param name="job">This job.</param>
    /// <param name="retry">The other job's id.</param>
    public NativeAsk ForRetry(string job, string retry) =>
        this with
        {
            RetryOf = job,
            ResultsFault = null,
            ResultsKey = ResultsKey is { } key ? $"{Path.ChangeExtension(key, null)}.{retry}{Path.GetExtension(key)}" : null,
        };

    /// <summary>This as JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, JobJson.Default.NativeAsk);
}
