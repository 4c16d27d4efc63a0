using System.Text.Json;
using System.Text.Json.Serialization;

namespace ImageToText.Gateway.Dialects.Ollama;

/// <summary>An answer of /api/generate or /api/chat, or one line of it. Durations are nanoseconds.</summary>
internal sealed record OllamaAnswer(string Model, DateTime CreatedAt, bool Done)
{
    /// <summary>The text, in an answer of /api/generate.</summary>
    public string? Response { get; init; }

    /// <summary>The text, in an answer of /api/chat.</summary>
    public OllamaMessage? Message { get; init; }

    /// <summary>In the last line: stop, length, load or unload.</summary>
    public string? DoneReason { get; init; }

    /// <summary>From admission to the end.</summary>
    public long? TotalDuration { get; init; }

    /// <summary>Waiting for the model.</summary>
    public long? LoadDuration { get; init; }

    /// <summary>Tokens of the question; none are counted, because a picture is charged by its pixels.</summary>
    public int? PromptEvalCount { get; init; }

    /// <summary>Looking at the picture.</summary>
    public long? PromptEvalDuration { get; init; }

    /// <summary>Tokens of the caption.</summary>
    public int? EvalCount { get; init; }

    /// <summary>Writing it.</summary>
    public long? EvalDuration { get; init; }
}

/// <summary>A message of the assistant.</summary>
internal sealed record OllamaMessage(string Role, string Content);

/// <summary>Why there is no answer.</summary>
internal sealed record OllamaError(string Error);

/// <summary>The answer of /api/tags and /api/ps.</summary>
internal sealed record OllamaModelList(IReadOnlyList<OllamaModel> Models);

/// <summary>A model in a list.</summary>
internal sealed record OllamaModel(string Name, string Model, DateTime ModifiedAt, long Size, string Digest, OllamaModelDetails Details)
{
    /// <summary>In /api/ps: until when it stays loaded.</summary>
    public DateTime? ExpiresAt { get; init; }

    /// <summary>In /api/ps: bytes of it on a GPU.</summary>
    public long? SizeVram { get; init; }
}

/// <summary>What a model is. What no node says is empty.</summary>
internal sealed record OllamaModelDetails(
    string ParentModel,
    string Format,
    string Family,
    IReadOnlyList<string> Families,
    string ParameterSize,
    string QuantizationLevel
);

/// <summary>The answer of /api/show.</summary>
internal sealed record OllamaShownModel(
    string Modelfile,
    string Parameters,
    string Template,
    OllamaModelDetails Details,
    IReadOnlyDictionary<string, JsonElement> ModelInfo,
    IReadOnlyList<string> Capabilities,
    DateTime ModifiedAt
);

/// <summary>A line of /api/pull, or its whole answer without a stream.</summary>
internal sealed record OllamaPullStep(string Status)
{
    /// <summary>What is pulled.</summary>
    public string? Digest { get; init; }

    /// <summary>Bytes of it.</summary>
    public long? Total { get; init; }

    /// <summary>How many of them are there.</summary>
    public long? Completed { get; init; }
}

/// <summary>The answer of /api/version.</summary>
internal sealed record OllamaVersion(string Version);

/// <summary>JSON for this dialect.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(OllamaAnswer))]
[JsonSerializable(typeof(OllamaError))]
[JsonSerializable(typeof(OllamaModelList))]
[JsonSerializable(typeof(OllamaPullStep))]
[JsonSerializable(typeof(OllamaShownModel))]
[JsonSerializable(typeof(OllamaVersion))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(long))]
internal sealed partial class OllamaJson : JsonSerializerContext;
