using System.Text.Json;
using System.Text.Json.Serialization;

namespace ImageToText.Gateway.Dialects.HuggingFace;

/// <summary>One caption.</summary>
/// <param name="GeneratedText">Its text.</param>
internal sealed record CaptionText([property: JsonPropertyName("generated_text")] string GeneratedText);

/// <summary>Why there is no caption.</summary>
/// <param name="Error">For people to read.</param>
/// <param name="ErrorType">For programs.</param>
/// <param name="Param">The field or option at fault; null: none.</param>
/// <param name="EstimatedTime">Seconds after which to come back; null: coming back would not help.</param>
internal sealed record HuggingFaceError(
    [property: JsonPropertyName("error")] string Error,
    [property: JsonPropertyName("error_type")] string ErrorType,
    [property: JsonPropertyName("param")] string? Param,
    [property: JsonPropertyName("estimated_time")] double? EstimatedTime
);

/// <summary>JSON for this dialect.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CaptionText))]
[JsonSerializable(typeof(IReadOnlyList<CaptionText>))]
[JsonSerializable(typeof(HuggingFaceError))]
internal sealed partial class HuggingFaceJson : JsonSerializerContext;
