namespace ImageToText.Captioning.Tokenization.ByteLevel;

/// <summary>A byte-level BPE: its pieces, and which of them are merged, in order.</summary>
internal sealed record ByteLevelModel
{
    /// <summary>The pieces by id; null where an id has none.</summary>
    public required string?[] Pieces { get; init; }

    /// <summary>Pairs of pieces, the first merged first.</summary>
    public required IReadOnlyList<(string Left, string Right)> Merges { get; init; }

    /// <summary>Whether a word that is a piece as a whole is that piece, regardless of the merges.</summary>
    public bool TakesWholeWords { get; init; }

    /// <summary>Whether a space is added before each stretch of text that does not start with one.</summary>
    public bool AddPrefixSpace { get; init; }

    /// <summary>Whether each digit is a separate word.</summary>
    public bool SplitDigits { get; init; }

    /// <summary>Whether words are found by GPT-2's rule; otherwise a stretch of text is one word.</summary>
    public bool SplitWords { get; init; } = true;
}
