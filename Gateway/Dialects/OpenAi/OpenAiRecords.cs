using System.Text.Json;
using System.Text.Json.Serialization;

namespace ImageToText.Gateway.Dialects.OpenAi;

/// <summary>A complete chat completion.</summary>
internal sealed record ChatCompletion(
    string Id,
    string Object,
    long Created,
    string Model,
    IReadOnlyList<ChatChoice> Choices,
    ChatUsage Usage
);

/// <summary>One caption of a completion.</summary>
internal sealed record ChatChoice(int Index, ChatMessage Message, string FinishReason);

/// <summary>The caption as the assistant's message.</summary>
internal sealed record ChatMessage(string Role, string Content);

/// <summary>Token counts, for captions only; a picture is charged by its pixels.</summary>
internal sealed record ChatUsage(int PromptTokens, int CompletionTokens, int TotalTokens);

/// <summary>A piece of a completion.</summary>
internal sealed record ChatChunk(
    string Id,
    string Object,
    long Created,
    string Model,
    IReadOnlyList<ChatChunkChoice> Choices,
    ChatUsage? Usage
);

/// <summary>A piece of one caption.</summary>
internal sealed record ChatChunkChoice(
    int Index,
    ChatDelta Delta,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? FinishReason
);

/// <summary>What a piece adds.</summary>
internal sealed record ChatDelta(string? Role, string? Content);

/// <summary>An error.</summary>
internal sealed record OpenAiErrorBody(OpenAiError Error);

/// <summary>What went wrong.</summary>
internal sealed record OpenAiError(
    string Message,
    string Type,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Param,
    string Code
);

/// <summary>All models.</summary>
internal sealed record OpenAiModels(string Object, IReadOnlyList<OpenAiModel> Data);

/// <summary>One model.</summary>
internal sealed record OpenAiModel(string Id, string Object, long Created, string OwnedBy);

/// <summary>JSON for this dialect.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(ChatCompletion))]
[JsonSerializable(typeof(ChatChunk))]
[JsonSerializable(typeof(OpenAiErrorBody))]
[JsonSerializable(typeof(ModelResponse))]
[JsonSerializable(typeof(ResponseEvent))]
[JsonSerializable(typeof(OpenAiModels))]
[JsonSerializable(typeof(OpenAiModel))]
internal sealed partial class OpenAiJson : JsonSerializerContext;
