using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace ImageToText.Captioning;

/// <summary>
/// What a caller may ask of one caption. A null leaves the choice to the model's generation_config.json,
/// and where that is silent too, to <see cref="GenerationDefaults"/>. Names and meanings are those of
/// Hugging Face transformers' GenerationConfig.
/// </summary>
public sealed record CaptionOptions
{
    /// <summary>What is said to the model, which does with it as <see cref="LoadedModel.PromptUse"/> says; null or blank: nothing.</summary>
    public string? Prompt { get; init; }

    /// <summary>How much the caption is to tell; a model that can't be told so refuses. Null: the model's own length.</summary>
    [JsonPropertyName("caption_length")]
    public CaptionLength? Length { get; init; }

    /// <summary>Beams searched side by side; 1: greedy or sampled. 1 to 16.</summary>
    public int? NumBeams { get; init; }

    /// <summary>The most tokens to generate beyond the prompt, at least 1.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>The fewest tokens to generate beyond the prompt before the caption may close.</summary>
    public int? MinNewTokens { get; init; }

    /// <summary>Exponent of the length by which a beam's score is divided.</summary>
    public float? LengthPenalty { get; init; }

    /// <summary>When a search with several beams may end.</summary>
    public EarlyStopping? EarlyStopping { get; init; }

    /// <summary>Above 1 makes tokens that stand already less likely (Keskar et al. 2019, CTRL). Greater than 0.</summary>
    public float? RepetitionPenalty { get; init; }

    /// <summary>No run of this many tokens stands twice; 0: no such rule.</summary>
    public int? NoRepeatNgramSize { get; init; }

    /// <summary>Draw tokens at random instead of taking the likeliest.</summary>
    public bool? DoSample { get; init; }

    /// <summary>Divides the logits before drawing. Greater than 0.</summary>
    public float? Temperature { get; init; }

    /// <summary>Draw among the likeliest tokens whose probabilities reach this sum, in (0, 1].</summary>
    public float? TopP { get; init; }

    /// <summary>Draw among this many likeliest tokens; 0: among all.</summary>
    public int? TopK { get; init; }

    /// <summary>Makes a drawn caption repeatable; null: different each time.</summary>
    public long? Seed { get; init; }

    /// <summary>Sequences to return: at most <see cref="NumBeams"/>, or any number up to 16 when sampling.</summary>
    public int? NumReturnSequences { get; init; }

    /// <summary>
    /// Keep nonsense words that the model's family is known to write ("arafed") from being generated. Null: true.
    /// </summary>
    public bool? SuppressDefectWords { get; init; }

    /// <summary>Whether <see cref="CaptionerOptions.PictureCache"/> is asked and told; it changes no caption.</summary>
    [JsonIgnore]
    public PictureCacheUse CacheUse { get; init; }

    /// <summary>Reads options by transformers' names, such as <c>{"num_beams": 3}</c>.</summary>
    /// <param name="values">The options; what is not there is left to the model.</param>
    /// <exception cref="JsonException">A name that is unknown, or a value of the wrong kind. Ranges are checked with the model.</exception>
    public static CaptionOptions Read(JsonObject values) =>
        values.Deserialize(CaptionOptionsJson.Default.CaptionOptions) ?? throw new JsonException("An object is expected.");
}
