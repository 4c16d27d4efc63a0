using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace ImageToText.Captioning;

/// <summary>
/// The options for one caption. A null value leaves the choice to the model's generation_config.json, and if that is silent too,
/// to <see cref="GenerationDefaults"/>. Names and meanings are those of Hugging Face transformers' GenerationConfig.
/// </summary>
public sealed record CaptionOptions
{
    /// <summary>Words for the model, which uses them as <see cref="LoadedModel.PromptUse"/> says; null or blank: none.</summary>
    public string? Prompt { get; init; }

    /// <summary>How much the caption should say. A model without lengths refuses it. Null: the model's own length.</summary>
    [JsonPropertyName("caption_length")]
    public CaptionLength? Length { get; init; }

    /// <summary>
    /// The language that is expected, as a tag such as en. A model that does not write it refuses. Null: the model's own.
    /// </summary>
    public string? Language { get; init; }

    /// <summary>How many beams to search; 1: greedy or sampled. 1 to 16.</summary>
    public int? NumBeams { get; init; }

    /// <summary>The most tokens to generate beyond the prompt, at least 1.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>The fewest tokens to generate beyond the prompt before the caption may end.</summary>
    public int? MinNewTokens { get; init; }

    /// <summary>Exponent of the length by which a beam's score is divided.</summary>
    public float? LengthPenalty { get; init; }

    /// <summary>When a search with several beams may end.</summary>
    public EarlyStopping? EarlyStopping { get; init; }

    /// <summary>
    /// Values above 1 make tokens that have already appeared less likely (Keskar et al. 2019, CTRL). Greater than 0.
    /// </summary>
    public float? RepetitionPenalty { get; init; }

    /// <summary>No run of this many tokens appears twice; 0 turns the rule off.</summary>
    public int? NoRepeatNgramSize { get; init; }

    /// <summary>Sample tokens at random instead of taking the likeliest.</summary>
    public bool? DoSample { get; init; }

    /// <summary>Divides the logits before sampling. Greater than 0.</summary>
    public float? Temperature { get; init; }

    /// <summary>Sample from the likeliest tokens whose probabilities add up to this, in (0, 1].</summary>
    public float? TopP { get; init; }

    /// <summary>Sample from this many of the likeliest tokens; 0: from all.</summary>
    public int? TopK { get; init; }

    /// <summary>Makes a sampled caption repeatable; null: different each time.</summary>
    public long? Seed { get; init; }

    /// <summary>Sequences to return: at most <see cref="NumBeams"/>, or any number up to 16 when sampling.</summary>
    public int? NumReturnSequences { get; init; }

    /// <summary>Suppress nonsense words that the model's family is known to write ("arafed"). Null: true.</summary>
    public bool? SuppressDefectWords { get; init; }

    /// <summary>What is seen where the picture is transparent. Null: white.</summary>
    public Background? Background { get; init; }

    /// <summary>How gray of 16 bits becomes gray of 8. Null: by its high byte.</summary>
    public SixteenBit? SixteenBit { get; init; }

    /// <summary>
    /// The frame of an animation, or the page, counted from 0. Null: an animation's first frame that isn't of a single colour, or
    /// the first page.
    /// </summary>
    public int? Frame { get; init; }

    /// <summary>
    /// Whether <see cref="MaxNewTokens"/> is a cap: if the model has less room, it gets what there is instead of being refused.
    /// </summary>
    [JsonIgnore]
    public bool CapsNewTokens { get; init; }

    /// <summary>
    /// The most tokens of the whole text, prompt and start included, as transformers counts max_length. It counts where
    /// <see cref="MaxNewTokens"/> is missing.
    /// </summary>
    [JsonIgnore]
    public int? MaxLength { get; init; }

    /// <summary>
    /// The fewest tokens of the whole text, prompt and start included, as transformers counts min_length. It counts where
    /// <see cref="MinNewTokens"/> is missing.
    /// </summary>
    [JsonIgnore]
    public int? MinLength { get; init; }

    /// <summary>Whether <see cref="CaptionerOptions.PictureCache"/> is read and written; it changes no caption.</summary>
    [JsonIgnore]
    public PictureCacheUse CacheUse { get; init; }

    /// <summary>
    /// Whether requests that don't yield go first: this one takes only what they leave idle, and no place that they wait for. It changes
    /// no caption.
    /// </summary>
    [JsonIgnore]
    public bool Yields { get; init; }

    /// <summary>Reads options by transformers' names, such as <c>{"num_beams": 3}</c>.</summary>
    /// <param name="values">The options. Whatever is missing is left to the model.</param>
    /// <exception cref="JsonException">
    /// An unknown name, or a value of the wrong kind. Ranges are checked with the model.
    /// </exception>
    public static CaptionOptions Read(JsonObject values) =>
        // Most callers give none, and the serializer's first use takes a tenth of a short command's time.
        values.Count == 0
            ? new CaptionOptions()
            : values.Deserialize(CaptionOptionsJson.Default.CaptionOptions) ?? throw new JsonException("An object is expected.");
}
