using ImageToText.Contracts;

namespace ImageToText.InferenceService.Errors;

/// <summary>Why a request got no caption, as callers are told.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Message">The message, for people to read.</param>
/// <param name="RetryAfter">When to try again, if overloaded.</param>
/// <param name="Fields">The invalid fields, for 422.</param>
/// <param name="IsLoading">Whether <paramref name="RetryAfter"/> is when a model should be loaded.</param>
internal sealed record NodeRefusal(
    int Status,
    string Message,
    TimeSpan? RetryAfter = null,
    IReadOnlyList<NodeFieldError>? Fields = null,
    bool IsLoading = false
)
{
    /// <summary>For programs, as in <see cref="ErrorCodeTable"/>; null: the status says it all.</summary>
    public string? Code { get; init; }

    /// <summary>Of an upload that is larger than allowed. The words are those of Livepeer's AI runner.</summary>
    public static NodeRefusal TooLarge { get; } = new(StatusCodes.Status413PayloadTooLarge, "File size exceeds limit");

    /// <summary>Of a picture that is at fault.</summary>
    public static NodeRefusal Picture(ErrorCode code, string message) => new(code.Status, message) { Code = code.Code };

    /// <summary>Of a field that is at fault: 422.</summary>
    public static NodeRefusal Field(string name, string message, string type) =>
        new(StatusCodes.Status422UnprocessableEntity, message, Fields: [new NodeFieldError(["body", name], message, type)]);

    /// <summary>Of a node that is busy for now.</summary>
    public static NodeRefusal Busy(string message) => new(StatusCodes.Status429TooManyRequests, message, TimeSpan.FromSeconds(1));
}

/// <summary>Ends a request with a <see cref="NodeRefusal"/>.</summary>
internal abstract class NodeRefusalException(NodeRefusal refusal) : Exception(refusal.Message)
{
    /// <summary>What to tell the caller.</summary>
    public NodeRefusal Refusal { get; } = refusal;
}
