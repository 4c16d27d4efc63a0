using System.Text.Json.Serialization;
using ImageToText.Contracts;

namespace ImageToText.Gateway.Caching;

/// <summary>A caption, as stored in the cache.</summary>
/// <param name="Caption">The caption, with details if its node gave any.</param>
/// <param name="ModelId">The model that wrote it.</param>
/// <param name="Revision">The model's revision; null: its node gave none.</param>
/// <param name="UsdPerPixel">What it cost to make, per pixel.</param>
/// <param name="Pixels">The pixels that were charged; null: the picture's own.</param>
/// <param name="Sequences">The factor for the sequences in it; null: 1.</param>
internal sealed record CachedCaption(
    CaptionResponse Caption,
    string ModelId,
    string? Revision,
    decimal UsdPerPixel,
    long? Pixels = null,
    decimal? Sequences = null
);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(CachedCaption))]
internal sealed partial class CachingJson : JsonSerializerContext;
