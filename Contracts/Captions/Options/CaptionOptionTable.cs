namespace ImageToText.Contracts;

/// <summary>
/// Every caption option, once: all dialects, the command line, the pages and the docs read them here. Ranges and defaults are the
/// engine's (its GenerationLimits); a test compares the two.
/// </summary>
public static class CaptionOptionTable
{
    /// <summary>prompt.</summary>
    public static CaptionOption Prompt { get; } =
        new(
            "prompt",
            CaptionOptionKind.Text,
            "Prompt",
            "A question, a task or the caption's first words, as the model's `prompt_use` says. It must leave room for a caption."
        )
        {
            OpenAiNames = ["caption_prefix"],
        };

    /// <summary>caption_length.</summary>
    public static CaptionOption CaptionLength { get; } =
        new(
            "caption_length",
            CaptionOptionKind.Choice,
            "Caption length",
            "How much the caption says. Models that write captions of one length only refuse it."
        )
        {
            Choices = ["short", "normal", "long"],
        };

    /// <summary>language.</summary>
    public static CaptionOption Language { get; } =
        new(
            "language",
            CaptionOptionKind.Text,
            "Language",
            "The language that you expect, such as en. A model that does not write it refuses; no model translates."
        );

    /// <summary>num_beams.</summary>
    public static CaptionOption NumBeams { get; } =
        new(
            "num_beams",
            CaptionOptionKind.Integer,
            "Beams",
            "Captions searched in parallel. 1 writes word by word; more widen the search. Can't be combined with sampling."
        )
        {
            Least = 1,
            Most = 16,
            Default = "1",
        };

    /// <summary>max_new_tokens.</summary>
    public static CaptionOption MaxNewTokens { get; } =
        new(
            "max_new_tokens",
            CaptionOptionKind.Integer,
            "Maximum tokens",
            "The maximum number of tokens to generate. The model's context is the limit."
        )
        {
            Least = 1,
            Default = "50",
            OpenAiNames = ["max_completion_tokens", "max_tokens"],
        };

    /// <summary>min_new_tokens.</summary>
    public static CaptionOption MinNewTokens { get; } =
        new(
            "min_new_tokens",
            CaptionOptionKind.Integer,
            "Minimum tokens",
            "The minimum number of tokens to generate before the caption may end. It can't exceed the maximum."
        )
        {
            Least = 0,
            Default = "0",
        };

    /// <summary>length_penalty.</summary>
    public static CaptionOption LengthPenalty { get; } =
        new(
            "length_penalty",
            CaptionOptionKind.Number,
            "Length penalty",
            "A beam's score is divided by its length to this power. Values above 0 favour longer captions."
        )
        {
            Least = -10,
            Most = 10,
            Default = "1",
            Use = CaptionOptionUse.WithBeams,
        };

    /// <summary>early_stopping.</summary>
    public static CaptionOption EarlyStopping { get; } =
        new(
            "early_stopping",
            CaptionOptionKind.Choice,
            "Early stopping",
            "When a search with several beams ends. true: once it has as many captions as beams; never: when none can get better; "
                + "false: in between, by transformers' estimate."
        )
        {
            Choices = ["true", "false", "never"],
            Default = "false",
            Use = CaptionOptionUse.WithBeams,
        };

    /// <summary>repetition_penalty.</summary>
    public static CaptionOption RepetitionPenalty { get; } =
        new(
            "repetition_penalty",
            CaptionOptionKind.Number,
            "Repetition penalty",
            "Values above 1 make tokens that are already in the caption less likely."
        )
        {
            Least = 0.01,
            Most = 100,
            Default = "1",
        };

    /// <summary>no_repeat_ngram_size.</summary>
    public static CaptionOption NoRepeatNgramSize { get; } =
        new(
            "no_repeat_ngram_size",
            CaptionOptionKind.Integer,
            "No repeated n-gram of",
            "No sequence of this many tokens appears twice. 0 turns the rule off."
        )
        {
            Least = 0,
            Default = "0",
        };

    /// <summary>do_sample.</summary>
    public static CaptionOption DoSample { get; } =
        new(
            "do_sample",
            CaptionOptionKind.Boolean,
            "Sample: draw words at random",
            "Draws tokens at random instead of taking the most likely one. false turns this off for a model that samples by default."
        )
        {
            Default = "false",
        };

    /// <summary>temperature.</summary>
    public static CaptionOption Temperature { get; } =
        new(
            "temperature",
            CaptionOptionKind.Number,
            "Temperature",
            "Values below 1 draw more likely words, values above 1 more surprising ones."
        )
        {
            Least = 0.001,
            Most = 1000,
            Default = "1",
            Use = CaptionOptionUse.WhenSampling,
        };

    /// <summary>top_p.</summary>
    public static CaptionOption TopP { get; } =
        new("top_p", CaptionOptionKind.Number, "Top p", "Draws from the most likely tokens whose probabilities add up to this value.")
        {
            Least = 0,
            IsAboveLeast = true,
            Most = 1,
            Default = "1",
            Use = CaptionOptionUse.WhenSampling,
        };

    /// <summary>top_k.</summary>
    public static CaptionOption TopK { get; } =
        new("top_k", CaptionOptionKind.Integer, "Top k", "Draws from this many of the most likely tokens. 0: from all.")
        {
            Least = 0,
            Default = "50",
            Use = CaptionOptionUse.WhenSampling,
        };

    /// <summary>seed.</summary>
    public static CaptionOption Seed { get; } =
        new("seed", CaptionOptionKind.LongInteger, "Seed", "Makes sampled captions repeatable. Without it, each caption is drawn anew.")
        {
            Use = CaptionOptionUse.WhenSampling,
        };

    /// <summary>num_return_sequences.</summary>
    public static CaptionOption NumReturnSequences { get; } =
        new(
            "num_return_sequences",
            CaptionOptionKind.Integer,
            "Alternatives",
            "Captions to return, best first. Unless sampling, at most as many as beams."
        )
        {
            Least = 1,
            Most = 16,
            Default = "1",
            OpenAiNames = ["n"],
        };

    /// <summary>suppress_defect_words.</summary>
    public static CaptionOption SuppressDefectWords { get; } =
        new(
            "suppress_defect_words",
            CaptionOptionKind.Boolean,
            "Keep out “arafed” and its family",
            "Keeps nonsense words that a model's family is known to write (\"arafed\") out of captions."
        )
        {
            Default = "true",
            OffFlag = "--allow-defect-words",
        };

    /// <summary>background.</summary>
    public static CaptionOption Background { get; } =
        new(
            "background",
            CaptionOptionKind.Colour,
            "Background",
            "What is seen where the picture is transparent. drop shows the colours that the file stores there, as Pillow's "
                + "convert(\"RGB\") does."
        )
        {
            Choices = ["white", "black", "drop"],
            Default = "white",
        };

    /// <summary>sixteen_bit.</summary>
    public static CaptionOption SixteenBit { get; } =
        new(
            "sixteen_bit",
            CaptionOptionKind.Choice,
            "16-bit gray",
            "How gray of 16 bits becomes gray of 8. scale keeps its contrast; clip cuts values above 255, as Pillow does."
        )
        {
            Choices = ["scale", "clip"],
            Default = "scale",
        };

    /// <summary>frame.</summary>
    public static CaptionOption Frame { get; } =
        new(
            "frame",
            CaptionOptionKind.Integer,
            "Frame",
            "The frame of an animation, or the page, counted from 0. Without it, an animation's first frame that is not of a single "
                + "colour is captioned, or the first page."
        )
        {
            Least = 0,
        };

    /// <summary>All options, in the order in which they go to nodes and into cache keys.</summary>
    public static IReadOnlyList<CaptionOption> All { get; } =
    [
        Prompt,
        CaptionLength,
        Language,
        NumBeams,
        MaxNewTokens,
        MinNewTokens,
        LengthPenalty,
        EarlyStopping,
        RepetitionPenalty,
        NoRepeatNgramSize,
        DoSample,
        Temperature,
        TopP,
        TopK,
        Seed,
        NumReturnSequences,
        SuppressDefectWords,
        Background,
        SixteenBit,
        Frame,
    ];
}
