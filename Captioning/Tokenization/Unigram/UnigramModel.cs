namespace ImageToText.Captioning.Tokenization.Unigram;

/// <summary>A unigram vocabulary: pieces with their log-probabilities, and how a text is prepared.</summary>
internal sealed record UnigramModel
{
    /// <summary>How a piece writes a space.</summary>
    public const char Space = '\u2581';

    /// <summary>The pieces by id.</summary>
    public required string?[] Pieces { get; init; }

    /// <summary>Their log-probabilities.</summary>
    public required double[] Scores { get; init; }

    /// <summary>The piece for whatever no piece spells.</summary>
    public required int UnknownId { get; init; }

    /// <summary>What happens to a text first, in this order.</summary>
    public IReadOnlyList<Func<string, string>> Normalizers { get; init; } = [];

    /// <summary>Whether white space separates words and is dropped.</summary>
    public bool SplitsAtWhiteSpace { get; init; }

    /// <summary>When a space is put before a stretch of text that does not start with one.</summary>
    public PrefixSpace Prefix { get; init; } = PrefixSpace.Always;

    /// <summary>Whether each space begins a new word.</summary>
    public bool SplitsAtSpaces { get; init; } = true;
}

/// <summary>When a space is put before a stretch of text.</summary>
internal enum PrefixSpace
{
    /// <summary>Never.</summary>
    Never,

    /// <summary>Before the very first.</summary>
    First,

    /// <summary>Before each, also after each added token.</summary>
    Always,
}
