namespace ImageToText.Captioning.Generation;

/// <summary>
/// The values that an option may take: wide enough for every use, and narrow enough that no arithmetic overflows.
/// </summary>
internal static class GenerationLimits
{
    public static readonly OptionLimit Prompt = new("prompt");
    public static readonly OptionLimit CaptionLength = new("caption_length");
    public static readonly OptionLimit Language = new("language");
    public static readonly OptionLimit NumBeams = new("num_beams", 1, GenerationDefaults.MaxRows, GenerationDefaults.NumBeams);
    public static readonly OptionLimit MaxNewTokens = new("max_new_tokens", 1, Default: GenerationDefaults.MaxNewTokens);
    public static readonly OptionLimit MinNewTokens = new("min_new_tokens", 0, Default: GenerationDefaults.MinNewTokens);
    public static readonly OptionLimit LengthPenalty = new("length_penalty", -10, 10, GenerationDefaults.LengthPenalty);
    public static readonly OptionLimit EarlyStopping = new("early_stopping", Default: GenerationDefaults.EarlyStopping);
    public static readonly OptionLimit RepetitionPenalty = new("repetition_penalty", 0.01, 100, GenerationDefaults.RepetitionPenalty);
    public static readonly OptionLimit NoRepeatNgramSize = new("no_repeat_ngram_size", 0, Default: GenerationDefaults.NoRepeatNgramSize);
    public static readonly OptionLimit DoSample = new("do_sample", Default: GenerationDefaults.DoSample);
    public static readonly OptionLimit Temperature = new("temperature", 0.001, 1000, GenerationDefaults.Temperature);
    public static readonly OptionLimit TopP = new("top_p", 0, 1, GenerationDefaults.TopP) { IsAboveLeast = true };
    public static readonly OptionLimit TopK = new("top_k", 0, Default: GenerationDefaults.TopK);
    public static readonly OptionLimit Seed = new("seed");
    public static readonly OptionLimit NumReturnSequences = new(
        "num_return_sequences",
        1,
        GenerationDefaults.MaxRows,
        GenerationDefaults.NumReturnSequences
    );

    public static readonly OptionLimit SuppressDefectWords = new("suppress_defect_words", Default: GenerationDefaults.SuppressDefectWords);

    public static readonly OptionLimit Background = new("background", Default: GenerationDefaults.Background);
    public static readonly OptionLimit SixteenBit = new("sixteen_bit", Default: GenerationDefaults.SixteenBit);
    public static readonly OptionLimit Frame = new("frame", 0);

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<OptionLimit> All =
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
