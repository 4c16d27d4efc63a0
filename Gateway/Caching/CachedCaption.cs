using System.Text.Json.Serialization;
using ImageToText.Contracts;

namespace ImageToText.Gateway.Caching;

/// <summary>A caption as the cache keeps it.</summary>
/// <param name="Caption">The caption, with details where its node gave any.</param>
/// <param name="ModelId">The model that wrote it.</param>
/// <param name="Revision">The model's revision; null: its node told none.</param>
/// <param name="UsdPerPixel">What it cost to make.</param>
internal sealed record CachedCaption(CaptionResponse Caption, string ModelId, string? Revision, decimal UsdPerPixel);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(CachedCaption))]
internal sealed partial class CachingJson : JsonSerializerContext;
