using ImageToText.Contracts;
using ImageToText.Contracts.Jobs;

namespace ImageToText.Client.Batches;

/// <summary>A batch, and how far it is.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Status">
/// validating, in_progress, finalizing, completed, cancelling, cancelled, expired or failed.
/// </param>
/// <param name="InputFileId">The file with its pictures.</param>
/// <param name="OutputFileId">The file with its captions; null: there are none yet.</param>
/// <param name="ErrorFileId">The file with its failures; null: there are none yet.</param>
/// <param name="Pictures">How many pictures it has, and how many are done.</param>
/// <param name="CostUsd">What it has cost so far, in USD.</param>
/// <param name="Quote">What it was said to cost; null: a model had no price.</param>
/// <param name="Pause">Why it does not go on at present; null: it does.</param>
/// <param name="CreatedAt">When it was started.</param>
/// <param name="ExpiresAt">When it ends, whether everything is done or not.</param>
public sealed record CaptionBatch(
    string Id,
    string Status,
    string InputFileId,
    string? OutputFileId,
    string? ErrorFileId,
    JobCounts Pictures,
    decimal CostUsd,
    JobQuote? Quote,
    JobPause? Pause,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt
)
{
    /// <summary>Whether nothing more comes of it.</summary>
    public bool HasEnded => Status is "completed" or "cancelled" or "expired" or "failed";
}

/// <summary>A picture's captions or error.</summary>
/// <param name="Picture">Its name.</param>
/// <param name="Texts">Its captions, best first; none if there is an error.</param>
/// <param name="Error">Why there is no caption; null: there is one.</param>
/// <param name="Status">The HTTP status that it would have had alone; 0: it was not tried.</param>
/// <param name="RequestId">The id under which it was charged, if it was.</param>
public sealed record BatchCaption(string Picture, IReadOnlyList<string> Texts, ErrorDetail? Error, int Status, string? RequestId)
{
    /// <summary>The best caption; null: there is none.</summary>
    public string? Text => Texts.Count > 0 ? Texts[0] : null;
}
