namespace ImageToText.Captioning;

/// <summary>The defaults if neither the request nor the model's generation_config.json says otherwise.</summary>
public static class GenerationDefaults
{
    /// <summary>Greedy.</summary>
    public const int NumBeams = 1;

    /// <summary>Room for a whole sentence; transformers' 20 cuts captions short.</summary>
    public const int MaxNewTokens = 50;

    /// <summary>A caption may close at once.</summary>
    public const int MinNewTokens = 0;

    /// <summary>The best caption alone.</summary>
    public const int NumReturnSequences = 1;

    /// <summary>transformers' false.</summary>
    public const EarlyStopping EarlyStopping = Captioning.EarlyStopping.Heuristic;

    /// <summary>No rule against repeated n-grams.</summary>
    public const int NoRepeatNgramSize = 0;

    /// <summary>The likeliest tokens are taken.</summary>
    public const bool DoSample = false;

    /// <summary>Nonsense words that a family is known to write are kept out.</summary>
    public const bool SuppressDefectWords = true;

    /// <summary>A logo drawn in black on nothing is black on white.</summary>
    public static Background Background { get; } = Background.White;

    /// <summary>Gray of 16 bits looks as it does in any viewer.</summary>
    public const SixteenBit SixteenBit = Captioning.SixteenBit.Scale;

    /// <summary>The widest search and the most sequences of one request.</summary>
    public const int MaxRows = 16;

    /// <summary>How many of the likeliest tokens to sample from, as in transformers.</summary>
    public const int TopK = 50;

    /// <summary>When sampling, every token stays a candidate.</summary>
    public const float TopP = 1;

    /// <summary>When sampling, the logits stay unchanged.</summary>
    public const float Temperature = 1;

    /// <summary>A beam's score is its mean log-probability.</summary>
    public const float LengthPenalty = 1;

    /// <summary>No penalty.</summary>
    public const float RepetitionPenalty = 1;

    /// <summary>Bytes that the keys and values of pictures and texts may take in models that read pictures as text.</summary>
    public const long KeyValueBytes = 1L << 30;
}
