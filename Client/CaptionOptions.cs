namespace ImageToText.Client;

/// <summary>How to make a caption. Whatever is null is left to the model. docs/generation.md has ranges and defaults.</summary>
public sealed record CaptionOptions
{
    /// <summary>The model; null: the network's default.</summary>
    public string? ModelId { get; init; }

    /// <summary>
    /// Words for the model, which uses them as <c>prompt_use</c> in its catalogue entry says: a question or an instruction, a task, or
    /// the words that the caption begins with.
    /// </summary>
    public string? Prompt { get; init; }

    /// <summary>How much the caption tells; models that have captions of one length only refuse it.</summary>
    public CaptionLength? CaptionLength { get; init; }

    /// <summary>The language that you expect, as a tag such as <c>en</c>; models that do not write it refuse it.</summary>
    public string? Language { get; init; }

    /// <summary>How many beams to search.</summary>
    public int? NumBeams { get; init; }

    /// <summary>The most tokens to generate.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>The fewest tokens to generate.</summary>
    public int? MinNewTokens { get; init; }

    /// <summary>Exponent of the length by which a beam's score is divided.</summary>
    public double? LengthPenalty { get; init; }

    /// <summary>When a search with several beams ends.</summary>
    public EarlyStopping? EarlyStopping { get; init; }

    /// <summary>Values above 1 make repetition less likely.</summary>
    public double? RepetitionPenalty { get; init; }

    /// <summary>No run of this many tokens appears twice; 0 turns the rule off.</summary>
    public int? NoRepeatNgramSize { get; init; }

    /// <summary>Whether to sample tokens at random.</summary>
    public bool? DoSample { get; init; }

    /// <summary>Divides the logits before sampling.</summary>
    public double? Temperature { get; init; }

    /// <summary>Samples from the likeliest tokens whose probabilities add up to this.</summary>
    public double? TopP { get; init; }

    /// <summary>Samples from this many of the likeliest tokens.</summary>
    public int? TopK { get; init; }

    /// <summary>Makes a sampled caption repeatable.</summary>
    public long? Seed { get; init; }

    /// <summary>Sequences to return in <see cref="Caption.Details"/>, best first.</summary>
    public int? NumReturnSequences { get; init; }

    /// <summary>Whether to suppress words of the "arafed" family; null: yes.</summary>
    public bool? SuppressDefectWords { get; init; }

    /// <summary>What is seen where the picture is transparent: white, black, drop or a colour such as #ff8800; null: white.</summary>
    public string? Background { get; init; }

    /// <summary>How gray of 16 bits becomes gray of 8; null: scaled.</summary>
    public SixteenBit? SixteenBit { get; init; }

    /// <summary>The frame of an animation, or the page, counted from 0; null: the first frame that shows something.</summary>
    public int? Frame { get; init; }

    /// <summary>The most you pay, in USD per input pixel; null: as much as the key allows.</summary>
    public decimal? MaxPricePerPixel { get; init; }

    /// <summary>Whether to return <see cref="Caption.Details"/>: ids, log-probabilities, confidence, all sequences.</summary>
    public bool Details { get; init; }

    /// <summary>How the service's cache is used.</summary>
    public CacheUse Cache { get; init; }
}

/// <summary>How much a caption tells.</summary>
public enum CaptionLength
{
    /// <summary>One short sentence.</summary>
    Short,

    /// <summary>A few sentences.</summary>
    Normal,

    /// <summary>A paragraph.</summary>
    Long,
}

/// <summary>How gray of 16 bits becomes gray of 8.</summary>
public enum SixteenBit
{
    /// <summary>By its high byte: its contrast stays.</summary>
    Scale,

    /// <summary>Values above 255 are cut, as Pillow does it.</summary>
    Clip,
}

/// <summary>When a search with several beams ends.</summary>
public enum EarlyStopping
{
    /// <summary>When the best unfinished caption, at its present length, scores below all finished ones.</summary>
    Heuristic,

    /// <summary>When there are as many finished captions as beams.</summary>
    WhenFull,

    /// <summary>When no unfinished caption can beat the finished ones any more.</summary>
    Never,
}

/// <summary>How a request uses the service's caption cache.</summary>
public enum CacheUse
{
    /// <summary>A cached caption may be the answer, and a new one is cached.</summary>
    ReadAndKeep,

    /// <summary>The caption is made anew and cached (<c>Cache-Control: no-cache</c>).</summary>
    Refresh,

    /// <summary>The cache is neither read nor written (<c>Cache-Control: no-store</c>).</summary>
    None,
}
