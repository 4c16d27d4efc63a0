using System.Text.Json;
using System.Text.Json.Serialization;
using ImageToText.Contracts.Jobs;
using ImageToText.Gateway.Jobs.Native;

namespace ImageToText.Gateway.Jobs;

/// <summary>A file, as OpenAI's clients read it.</summary>
internal sealed record FileObject(
    string Id,
    string Object,
    long Bytes,
    long CreatedAt,
    long ExpiresAt,
    string Filename,
    string Purpose,
    string Status,
    string? StatusDetails
);

/// <summary>A page of files.</summary>
internal sealed record FileList(string Object, IReadOnlyList<FileObject> Data, string? FirstId, string? LastId, bool HasMore);

/// <summary>The answer to a deletion.</summary>
internal sealed record FileDeleted(string Id, string Object, bool Deleted);

/// <summary>What a batch is started with.</summary>
internal sealed record BatchBody(
    string? InputFileId = null,
    string? Endpoint = null,
    string? CompletionWindow = null,
    Dictionary<string, string>? Metadata = null,
    decimal? MaxCostUsd = null
)
{
    /// <summary>Fields that are not offered here.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}

/// <summary>A batch, as OpenAI's clients read it; <c>pause</c>, <c>cost_usd</c> and <c>quote</c> are ours.</summary>
internal sealed record BatchObject(
    string Id,
    string Object,
    string Endpoint,
    BatchErrors? Errors,
    string InputFileId,
    string CompletionWindow,
    string Status,
    string? OutputFileId,
    string? ErrorFileId,
    long CreatedAt,
    long? InProgressAt,
    long ExpiresAt,
    long? FinalizingAt,
    long? CompletedAt,
    long? FailedAt,
    long? ExpiredAt,
    long? CancellingAt,
    long? CancelledAt,
    BatchCounts RequestCounts,
    Dictionary<string, string>? Metadata,
    BatchPause? Pause,
    decimal CostUsd,
    JobQuote? Quote
);

/// <summary>What the batch of a file would cost.</summary>
/// <param name="FileId">The file.</param>
/// <param name="Endpoint">The path that its lines are for.</param>
/// <param name="Quote">The quote; null: a model has no price at present.</param>
internal sealed record FileQuote(string FileId, string Endpoint, JobQuote? Quote);

/// <summary>Why a batch as a whole failed.</summary>
internal sealed record BatchErrors(string Object, IReadOnlyList<BatchError> Data);

/// <summary>One reason.</summary>
internal sealed record BatchError(string Code, string Message, string? Param, int? Line);

/// <summary>How far a batch is.</summary>
internal sealed record BatchCounts(int Total, int Completed, int Failed);

/// <summary>Why a batch does not go on at present.</summary>
internal sealed record BatchPause(string Reason, long Since);

/// <summary>A page of batches.</summary>
internal sealed record BatchList(string Object, IReadOnlyList<BatchObject> Data, string? FirstId, string? LastId, bool HasMore);

/// <summary>A line of an output or error file.</summary>
internal sealed record ResultLine(string Id, string? CustomId, ResultResponse? Response, ResultError? Error);

/// <summary>What a single request would have got.</summary>
internal sealed record ResultResponse(int StatusCode, string RequestId, JsonElement Body);

/// <summary>Why an item was not tried.</summary>
internal sealed record ResultError(string Code, string Message, int? Line = null);

/// <summary>JSON of jobs and their files.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(FileObject))]
[JsonSerializable(typeof(FileList))]
[JsonSerializable(typeof(FileDeleted))]
[JsonSerializable(typeof(BatchBody))]
[JsonSerializable(typeof(BatchObject))]
[JsonSerializable(typeof(BatchList))]
[JsonSerializable(typeof(ResultLine))]
[JsonSerializable(typeof(JobQuote))]
[JsonSerializable(typeof(FileQuote))]
[JsonSerializable(typeof(NativeAsk))]
[JsonSerializable(typeof(Dictionary<string, int>))]
internal sealed partial class JobJson : JsonSerializerContext;
