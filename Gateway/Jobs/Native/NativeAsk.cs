using System.Text.Json;
using ImageToText.Gateway.Jobs.Storage.Rows;
using ImageToText.Gateway.Jobs.Webhooks;

namespace ImageToText.Gateway.Jobs.Native;

/// <summary>What one of our own jobs was asked for, beside its pictures.</summary>
/// <param name="Folder">The folder whose pictures it captions; null: it has addresses.</param>
/// <param name="RetryOf">The job whose uncaptioned pictures it captions; null: it is no retry.</param>
/// <param name="Webhook">What is told of its end; null: nothing is.</param>
internal sealed record NativeAsk(string? Folder = null, string? RetryOf = null, JobWebhook? Webhook = null)
{
    private static readonly NativeAsk Nothing = new();

    /// <summary>Reads what a job was asked for.</summary>
    public static NativeAsk Of(Job job) =>
        job.NativeJson is { } json ? JsonSerializer.Deserialize(json, JobJson.Default.NativeAsk)! : Nothing;

    /// <summary>This as JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, JobJson.Default.NativeAsk);
}
