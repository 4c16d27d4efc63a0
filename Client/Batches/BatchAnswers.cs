using System.Text.Json;
using System.Text.Json.Serialization;
using ImageToText.Contracts;
using ImageToText.Contracts.Jobs;

namespace ImageToText.Client.Batches;

/// <summary>A batch as the service writes it, which is OpenAI's way.</summary>
internal sealed record BatchFields(
    string? Id,
    string? Status,
    string? InputFileId,
    string? OutputFileId,
    string? ErrorFileId,
    BatchFieldCounts? RequestCounts,
    decimal CostUsd,
    JobQuote? Quote,
    BatchFieldPause? Pause,
    long CreatedAt,
    long ExpiresAt
)
{
    /// <summary>Whether everything is there that a batch has.</summary>
    public bool IsWhole => this is { Id: not null, Status: not null, InputFileId: not null, RequestCounts: not null };

    /// <summary>The batch as callers read it.</summary>
    public CaptionBatch ToBatch() =>
        new(
            Id!,
            Status!,
            InputFileId!,
            OutputFileId,
            ErrorFileId,
            new JobCounts(RequestCounts!.Total, RequestCounts.Completed, RequestCounts.Failed),
            CostUsd,
            Quote,
            Pause is { Reason: not null } ? new JobPause(Pause.Reason, At(Pause.Since)) : null,
            At(CreatedAt),
            At(ExpiresAt)
        );

    private static DateTimeOffset At(long seconds) => DateTimeOffset.FromUnixTimeSeconds(seconds);
}

/// <summary>How far a batch is.</summary>
internal sealed record BatchFieldCounts(int Total, int Completed, int Failed);

/// <summary>Why a batch does not go on.</summary>
internal sealed record BatchFieldPause(string? Reason, long Since);

/// <summary>A page of batches.</summary>
internal sealed record BatchPage(IReadOnlyList<BatchFields>? Data, bool HasMore);

/// <summary>A file that was uploaded.</summary>
internal sealed record UploadedFile(string? Id);

/// <summary>What a file's batch would cost.</summary>
internal sealed record QuotedFile(string? FileId, JobQuote? Quote);

/// <summary>A line of an output or error file.</summary>
internal sealed record BatchLine(string? CustomId, BatchLineResponse? Response, BatchLineError? Error)
{
    /// <summary>The line as callers read it.</summary>
    /// <exception cref="JsonException">It holds neither captions nor an error.</exception>
    public BatchCaption ToCaption()
    {
        string[] texts = Response?.Body?.Choices?.Select(static choice => choice.Message?.Content).OfType<string>().ToArray() ?? [];
        var error = Error ?? Response?.Body?.Error;
        return CustomId is not null && (texts.Length > 0 || error is not null)
            ? new BatchCaption(
                CustomId,
                texts,
                texts.Length > 0 ? null : new ErrorDetail(error!.Message ?? "", error.Code ?? "", Response?.RequestId, Param: error.Param),
                Response?.StatusCode ?? 0,
                Response?.RequestId
            )
            : throw new JsonException("A line holds no result.");
    }
}

/// <summary>What a single request would have got.</summary>
internal sealed record BatchLineResponse(int StatusCode, string? RequestId, BatchLineBody? Body);

/// <summary>A chat completion, or an error.</summary>
internal sealed record BatchLineBody(IReadOnlyList<BatchLineChoice>? Choices, BatchLineError? Error);

/// <summary>A caption.</summary>
internal sealed record BatchLineChoice(BatchLineMessage? Message);

/// <summary>A caption's text.</summary>
internal sealed record BatchLineMessage(string? Content);

/// <summary>Why there is no caption.</summary>
internal sealed record BatchLineError(string? Code, string? Message, string? Param);

/// <summary>JSON of batches.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(BatchFields))]
[JsonSerializable(typeof(BatchPage))]
[JsonSerializable(typeof(UploadedFile))]
[JsonSerializable(typeof(QuotedFile))]
[JsonSerializable(typeof(BatchLine))]
internal sealed partial class BatchJson : JsonSerializerContext;
