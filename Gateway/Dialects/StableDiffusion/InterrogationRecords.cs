using System.Text.Json;
using System.Text.Json.Serialization;

namespace ImageToText.Gateway.Dialects.StableDiffusion;

/// <summary>The answer of /sdapi/v1/interrogate.</summary>
/// <param name="Caption">The caption.</param>
internal sealed record Interrogation(string Caption);

/// <summary>The answer of /sdapi/v1/vqa.</summary>
/// <param name="Answer">The answer to the question, or the caption if the model answers no questions.</param>
internal sealed record VisualAnswer(string Answer);

/// <summary>Why there is no caption.</summary>
/// <param name="Error">For programs.</param>
/// <param name="Detail">For people to read.</param>
internal sealed record InterrogationError(string Error, string Detail);

/// <summary>JSON for this dialect.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Interrogation))]
[JsonSerializable(typeof(VisualAnswer))]
[JsonSerializable(typeof(InterrogationError))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
internal sealed partial class InterrogationJson : JsonSerializerContext;
