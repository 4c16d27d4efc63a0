namespace ImageToText.Contracts.Jobs;

/// <summary>A job: many pictures that are captioned in the background.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Status">
/// validating, in_progress, finalizing, completed, cancelling, cancelled, expired or failed, as for OpenAI's batches.
/// </param>
/// <param name="Folder">The folder whose pictures it captions; null: it has others.</param>
/// <param name="RetryOf">The job whose uncaptioned pictures it captions; null: it is no retry.</param>
/// <param name="Pictures">How many pictures it has, and how many are done.</param>
/// <param name="Failures">How many pictures failed, by error code.</param>
/// <param name="CostUsd">What it has cost so far, in USD.</param>
/// <param name="PerSecond">Pictures per second in the last minute; null: it has ended, or none was done yet.</param>
/// <param name="SecondsLeft">How long the rest takes at that rate; null: unknown.</param>
/// <param name="Pause">Why it does not go on at present; null: it does.</param>
/// <param name="CreatedAt">When it was started.</param>
/// <param name="ExpiresAt">When it ends, whether everything is done or not.</param>
/// <param name="EndedAt">When it ended; null: it has not.</param>
/// <param name="KeyId">The key that pays; only operators are told.</param>
/// <param name="Bucket">The bucket whose pictures it captions; null: it has others.</param>
/// <param name="Prefix">What the keys of these pictures begin with; null: all are captioned.</param>
/// <param name="ResultsKey">The object of the bucket that gets the results; null: none does.</param>
/// <param name="ResultsFault">Why that object was not written; null: it was, or the job has not ended.</param>
/// <param name="Quote">What it was to cost, if it was started with <c>max_cost_usd</c>; otherwise null.</param>
public sealed record JobInfo(
    string Id,
    string Status,
    string? Folder,
    string? RetryOf,
    JobCounts Pictures,
    IReadOnlyDictionary<string, int> Failures,
    decimal CostUsd,
    double? PerSecond,
    double? SecondsLeft,
    JobPause? Pause,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt,
    DateTimeOffset? EndedAt,
    string? KeyId = null,
    string? Bucket = null,
    string? Prefix = null,
    string? ResultsKey = null,
    string? ResultsFault = null,
    JobQuote? Quote = null
);

/// <summary>The pictures of a job.</summary>
/// <param name="Total">All of them.</param>
/// <param name="Captioned">Those with a caption.</param>
/// <param name="Failed">Those that failed.</param>
public sealed record JobCounts(int Total, int Captioned, int Failed);

/// <summary>Why a job does not go on at present.</summary>
/// <param name="Reason">An error code.</param>
/// <param name="Since">Since when.</param>
/// <param name="Message">What that means, and what to do about it.</param>
public sealed record JobPause(string Reason, DateTimeOffset Since, string? Message = null);

/// <summary>Jobs, newest first.</summary>
/// <param name="Jobs">The jobs.</param>
/// <param name="HasMore">Whether there are older ones: ask again with <c>after</c>.</param>
/// <param name="Storage">What the caller's files take; operators, who see everyone's jobs, are not told.</param>
public sealed record JobList(IReadOnlyList<JobInfo> Jobs, bool HasMore, JobStorage? Storage = null);

/// <summary>The bytes that the files of jobs take: inputs and results.</summary>
/// <param name="KeyBytes">Those of the key.</param>
/// <param name="KeyMaxBytes">What those of the key may take.</param>
/// <param name="AccountBytes">Those of all keys of its account; null: it has none.</param>
/// <param name="AccountMaxBytes">What those of the account may take; null: it has none.</param>
public sealed record JobStorage(long KeyBytes, long KeyMaxBytes, long? AccountBytes = null, long? AccountMaxBytes = null);

/// <summary>One picture's caption or error: a line of a job's results.</summary>
/// <param name="Index">Its place in the job, from 0.</param>
/// <param name="Picture">Its address, or its name in the folder or bucket.</param>
/// <param name="RequestId">The id under which it was charged, if it was.</param>
/// <param name="Status">The HTTP status that it would have had alone; 0: it was not tried.</param>
/// <param name="Result">The caption; null: there is none.</param>
/// <param name="Error">Why there is no caption; null: there is one.</param>
/// <param name="CostUsd">What it cost, in USD.</param>
public sealed record JobResult(
    int Index,
    string Picture,
    string RequestId,
    int Status,
    CaptionResponse? Result,
    ErrorDetail? Error,
    decimal CostUsd
);

/// <summary>The events of a job.</summary>
public static class JobStream
{
    /// <summary>How far it is: a <see cref="JobInfo"/>.</summary>
    public const string ProgressEvent = "progress";

    /// <summary>It has ended: a <see cref="JobInfo"/>.</summary>
    public const string EndEvent = "end";

    /// <summary>It can't be followed any more: an <see cref="ErrorBody"/>.</summary>
    public const string ErrorEvent = "error";
}
