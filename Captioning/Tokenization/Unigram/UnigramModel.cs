namespace ImageToText.Captioning.Tokenization.Unigram;

/// <summary>A unigram vocabulary: pieces with their log-probabilities, and what is done to a text before.</summary>
internal sealed record UnigramModel
{
    /// <summary>How a space is written in a piece.</summary>
    public const char Space = '\u2581';

    /// <summary>The pieces by id.</summary>
    public required string?[] Pieces { get; init; }

    /// <summary>Their log-probabilities.</summary>
    public required double[] Scores { get; init; }

    /// <summary>The piece for what no piece spells.</summary>
    public required int UnknownId { get; init; }

    /// <summary>What is done to a text first, in this order.</summary>
    public IReadOnlyList<Func<string, string>> Normalizers { get; init; } = [];

    /// <summary>White space separates words and is dropped.</summary>
    public bool SplitsAtWhiteSpace { get; init; }

    /// <summary>When a space is put before a stretch of text that does not start with one.</summary>
    public PrefixSpace Prefix { get; init; } = PrefixSpace.Always;

    /// <summary>Each space begins a word of its own.</summary>
    public bool SplitsAtSpaces { get; init; } = true;
}

/// <summary>When a space is put before a stretch of text.</summary>
internal enum PrefixSpace
{
    /// <summary>Never.</summary>
    Never,

    /// <summary>Before the very first.</summary>
    First,

    /// <summary>Before each, after each added token too.</summary>
    Always,
}
