namespace ImageToText.Client;

/// <summary>How a caption is to be made; what is null is left to the model.</summary>
public sealed record CaptionOptions
{
    /// <summary>The model; null: the network's default one.</summary>
    public string? ModelId { get; init; }

    /// <summary>Text that the caption begins with.</summary>
    public string? Prompt { get; init; }

    /// <summary>Beams searched side by side, 1 to 16.</summary>
    public int? NumBeams { get; init; }

    /// <summary>The most tokens to generate.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>The fewest tokens to generate.</summary>
    public int? MinNewTokens { get; init; }

    /// <summary>Exponent of the length by which a beam's score is divided.</summary>
    public double? LengthPenalty { get; init; }

    /// <summary>When a search with several beams ends.</summary>
    public EarlyStopping? EarlyStopping { get; init; }

    /// <summary>Above 1 makes repetition less likely.</summary>
    public double? RepetitionPenalty { get; init; }

    /// <summary>No run of so many tokens stands twice; 0: no such rule.</summary>
    public int? NoRepeatNgramSize { get; init; }

    /// <summary>Whether tokens are drawn at random.</summary>
    public bool? DoSample { get; init; }

    /// <summary>Divides the logits before drawing.</summary>
    public double? Temperature { get; init; }

    /// <summary>Draws among the likeliest tokens whose probabilities reach this sum, in (0, 1].</summary>
    public double? TopP { get; init; }

    /// <summary>Draws among so many likeliest tokens.</summary>
    public int? TopK { get; init; }

    /// <summary>Makes a drawn caption repeatable.</summary>
    public long? Seed { get; init; }

    /// <summary>Sequences to return in <see cref="Caption.Details"/>, 1 to 16.</summary>
    public int? NumReturnSequences { get; init; }

    /// <summary>Whether words of the "arafed" family are kept from being generated; null: they are.</summary>
    public bool? SuppressDefectWords { get; init; }

    /// <summary>The most to pay, in USD per input pixel; null: as much as the key may.</summary>
    public decimal? MaxPricePerPixel { get; init; }

    /// <summary>Whether <see cref="Caption.Details"/> are wanted: ids, log-probabilities, confidence, all sequences.</summary>
    public bool Details { get; init; }

    /// <summary>How the service's cache is used.</summary>
    public CacheUse Cache { get; init; }
}

/// <summary>When a search with several beams ends.</summary>
public enum EarlyStopping
{
    /// <summary>When the best caption in the making, at its present length, is behind all that are finished.</summary>
    Heuristic,

    /// <summary>When as many captions are finished as there are beams.</summary>
    WhenFull,

    /// <summary>When no caption in the making can get better than the finished ones.</summary>
    Never,
}

/// <summary>How the service's caption cache is used for a request.</summary>
public enum CacheUse
{
    /// <summary>A known caption may be the answer, and a new one is kept.</summary>
    ReadAndKeep,

    /// <summary>The caption is made anew, and kept (<c>Cache-Control: no-cache</c>).</summary>
    Refresh,

    /// <summary>The cache is neither asked nor told (<c>Cache-Control: no-store</c>).</summary>
    None,
}
