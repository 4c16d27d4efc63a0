namespace ImageToText.Captioning.Tokenization;

/// <summary>A tokenizer: text to ids and ids to text, exactly like the checkpoint's own. Safe to use from many threads.</summary>
internal interface ITokenizer
{
    /// <summary>One more than the largest id of the vocabulary. A model's output may be wider or narrower.</summary>
    int VocabularySize { get; }

    /// <summary>The special tokens that belong before a whole text (RoBERTa: <c>&lt;s&gt;</c>).</summary>
    IReadOnlyList<int> Opening { get; }

    /// <summary>The special tokens that belong after a whole text (RoBERTa: <c>&lt;/s&gt;</c>).</summary>
    IReadOnlyList<int> Closing { get; }

    /// <summary>
    /// The ids of a caller's text, without opening and closing. Whatever looks like a control token is plain text.
    /// </summary>
    int[] Encode(string text);

    /// <summary>
    /// As <see cref="Encode"/>, except that no added token is found, not even one that is not special: for vocabularies that mark
    /// places in a picture with such tokens.
    /// </summary>
    int[] EncodePlain(string text);

    /// <summary>
    /// The ids of a text that the family itself has composed, without opening and closing. Every added token in it
    /// (<c>&lt;image&gt;</c>, <c>&lt;|im_start|&gt;</c>) is that token.
    /// </summary>
    int[] EncodeMarked(string text);

    /// <summary>The text of <paramref name="ids"/>. Ids outside the vocabulary are skipped.</summary>
    string Decode(ReadOnlySpan<int> ids, TextForm form = TextForm.Caption);

    /// <summary>Starts a text whose ids come one at a time.</summary>
    IncrementalText StartText(TextForm form = TextForm.Caption);

    /// <summary>The id of a piece as the vocabulary writes it ("##ing", "Ġdog", "&lt;image&gt;").</summary>
    bool TryGetId(string piece, out int id);

    /// <summary>Every way to spell a word of ASCII letters in the vocabulary; none if it has no words.</summary>
    IReadOnlyList<int[]> Spell(string word);
}

/// <summary>Which parts of a text to show.</summary>
internal enum TextForm
{
    /// <summary>What people read: without control tokens and surrounding white space.</summary>
    Caption,

    /// <summary>Everything except the control tokens.</summary>
    Plain,

    /// <summary>Everything, including control tokens.</summary>
    Marked,
}
