using System.Text.Json;
using System.Text.Json.Serialization;
using ImageToText.Captioning;

namespace ImageToText.Standalone.Models.References;

/// <summary>One caption that transformers wrote, with all that is needed to ask for the same one.</summary>
internal sealed record ReferenceCase
{
    /// <summary>The picture's file, relative to the folder of pictures.</summary>
    public required string Image { get; init; }

    /// <summary>The prompt; null: none.</summary>
    public string? Prompt { get; init; }

    /// <summary>What people call this way of generating.</summary>
    public string? Mode { get; init; }

    /// <summary>The options of generation, by transformers' names.</summary>
    public JsonElement? Options { get; init; }

    /// <summary>The most tokens to generate; null: the model's own.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>The ids that <see cref="Sequence"/> begins with: those that were not generated; null: none.</summary>
    public int[]? StartIds { get; init; }

    /// <summary>Start ids, generated ids and, if one came, the closing id.</summary>
    public required int[] Sequence { get; init; }

    /// <summary>The text.</summary>
    public required string Text { get; init; }

    /// <summary>The text of a model whose characters are tokens, as people expect it; null: <see cref="Text"/>.</summary>
    public string? TextWithoutSpaces { get; init; }

    /// <summary>Of the generated ids and the closing one, under the unprocessed logits; null: not compared.</summary>
    public float[]? LogProbabilities { get; init; }

    /// <summary>The score of the best beam; null: not compared.</summary>
    public double? Score { get; init; }

    /// <summary>Some of the first logits by their ids, before any processing; null: not compared.</summary>
    public IReadOnlyDictionary<int, float>? FirstLogits { get; init; }

    /// <summary>The request that it answers.</summary>
    [JsonIgnore]
    public CaptionOptions? Request { get; init; }

    /// <summary>The number of ids that were not generated.</summary>
    [JsonIgnore]
    public int Started => StartIds?.Length ?? 0;
}

/// <summary>A file of such captions.</summary>
/// <param name="Transformers">The version that wrote them; null: not said.</param>
/// <param name="Cases">The captions.</param>
internal sealed record ReferenceDocument(string? Transformers, IReadOnlyList<ReferenceCase>? Cases);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ReferenceDocument))]
internal sealed partial class ReferenceJson : JsonSerializerContext;
