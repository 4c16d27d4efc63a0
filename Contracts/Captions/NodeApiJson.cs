using System.Text.Json;
using System.Text.Json.Serialization;

namespace ImageToText.Contracts;

/// <summary>JSON for a node's API, generated at build time: snake case, without nulls, numbers unchanged.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(CaptionResponse))]
[JsonSerializable(typeof(CaptionPiece))]
[JsonSerializable(typeof(CaptionStreamError))]
[JsonSerializable(typeof(NodeError))]
[JsonSerializable(typeof(NodeValidationError))]
[JsonSerializable(typeof(NodeHealth))]
[JsonSerializable(typeof(NodeVersion))]
[JsonSerializable(typeof(HardwareInformation))]
[JsonSerializable(typeof(HardwareStats))]
[JsonSerializable(typeof(ServedModels))]
[JsonSerializable(typeof(ServedModel))]
public sealed partial class NodeApiJson : JsonSerializerContext;
