namespace ImageToText.Captioning.Tokenization;

/// <summary>What differs from one kind of tokenizer to the next: plain text to ids, pieces to plain text.</summary>
internal interface ITokenScheme
{
    /// <summary>How the vocabulary writes a word; null where it knows no words.</summary>
    WordForm? Words { get; }

    /// <summary>The text as the vocabulary knows it (Unicode forms, case), before it is split.</summary>
    string Normalize(string text);

    /// <summary>Appends the ids of a stretch of normalized text in which no added token stands.</summary>
    /// <param name="text">The stretch.</param>
    /// <param name="isFirst">Nothing stands before it.</param>
    /// <param name="ids">Where the ids go.</param>
    void Encode(string text, bool isFirst, List<int> ids);

    /// <summary>Begins a text.</summary>
    IPieceJoiner StartJoining();
}

/// <summary>Puts pieces together, one at a time. Nothing that was returned is ever taken back.</summary>
internal interface IPieceJoiner
{
    /// <summary>Takes the next piece and returns the text that is certain now.</summary>
    string Add(string piece);

    /// <summary>Returns what was held back.</summary>
    string End();
}

/// <summary>How a vocabulary writes a word.</summary>
/// <param name="Start">What stands before its first letter ("Ġ", "▁", nothing).</param>
/// <param name="Continuation">What each further piece starts with ("##", nothing).</param>
internal readonly record struct WordForm(string Start, string Continuation);
