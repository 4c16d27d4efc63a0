using System.Text.Json;
using System.Text.Json.Serialization;

namespace ImageToText.Gateway.Dialects.PhotoPrism;

/// <summary>A caption as PhotoPrism's vision service answers it.</summary>
/// <param name="Id">The request's id, as PhotoPrism sent it.</param>
/// <param name="Code">200.</param>
/// <param name="Model">The model that wrote it.</param>
/// <param name="Result">The caption.</param>
internal sealed record VisionAnswer(string Id, int Code, VisionModel Model, VisionResult Result);

/// <summary>A model.</summary>
/// <param name="Type">caption.</param>
/// <param name="Name">Its id.</param>
/// <param name="Version">latest, the only one here.</param>
/// <param name="Resolution">Pixels a side that it sees; 0: no node says.</param>
internal sealed record VisionModel(string Type, string Name, string Version, int Resolution);

/// <summary>What was found in a picture.</summary>
internal sealed record VisionResult(VisionCaption Caption);

/// <summary>A caption.</summary>
/// <param name="Text">Its text.</param>
/// <param name="Source">image: where it comes from.</param>
/// <param name="Confidence">From 0 to 1; null: unknown.</param>
internal sealed record VisionCaption(string Text, string Source, double? Confidence);

/// <summary>Why there is no caption.</summary>
/// <param name="Id">The request's id.</param>
/// <param name="Code">The status.</param>
/// <param name="Error">For people to read.</param>
internal sealed record VisionError(string Id, int Code, string Error);

/// <summary>JSON for this dialect.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(VisionAnswer))]
[JsonSerializable(typeof(VisionError))]
internal sealed partial class VisionJson : JsonSerializerContext;
