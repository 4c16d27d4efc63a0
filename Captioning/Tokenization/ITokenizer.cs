namespace ImageToText.Captioning.Tokenization;

/// <summary>A tokenizer: text to ids and ids to text, exactly as the checkpoint's own. Safe to use from many threads.</summary>
internal interface ITokenizer
{
    /// <summary>One more than the largest id of the vocabulary; a model's output may be wider, or narrower.</summary>
    int VocabularySize { get; }

    /// <summary>The special tokens that belong before a whole text (RoBERTa: <c>&lt;s&gt;</c>).</summary>
    IReadOnlyList<int> Opening { get; }

    /// <summary>The special tokens that belong after a whole text (RoBERTa: <c>&lt;/s&gt;</c>).</summary>
    IReadOnlyList<int> Closing { get; }

    /// <summary>
    /// The ids of a text that somebody sent, without opening and closing: what looks like a control token is plain text.
    /// </summary>
    int[] Encode(string text);

    /// <summary>
    /// The ids of a text that the family itself has put together, without opening and closing: every added token that
    /// stands in it (<c>&lt;image&gt;</c>, <c>&lt;|im_start|&gt;</c>) is that token.
    /// </summary>
    int[] EncodeMarked(string text);

    /// <summary>The text of <paramref name="ids"/>. Ids outside the vocabulary are skipped.</summary>
    string Decode(ReadOnlySpan<int> ids, TextForm form = TextForm.Caption);

    /// <summary>Begins a text whose ids come one at a time.</summary>
    IncrementalText StartText(TextForm form = TextForm.Caption);

    /// <summary>The id of a piece as the vocabulary writes it ("##ing", "Ġdog", "&lt;image&gt;").</summary>
    bool TryGetId(string piece, out int id);

    /// <summary>Every way in which the vocabulary spells a word of ASCII letters; none where it knows no words.</summary>
    IReadOnlyList<int[]> Spell(string word);
}

/// <summary>What is shown of a text.</summary>
internal enum TextForm
{
    /// <summary>What people read: without control tokens, without white space around it.</summary>
    Caption,

    /// <summary>All but the control tokens.</summary>
    Plain,

    /// <summary>Control tokens too.</summary>
    Marked,
}
