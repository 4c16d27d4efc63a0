namespace ImageToText.Captioning.Tokenization;

/// <summary>What differs between kinds of tokenizers: plain text to ids, pieces to plain text.</summary>
internal interface ITokenScheme
{
    /// <summary>How the vocabulary writes a word; null if it has no words.</summary>
    WordForm? Words { get; }

    /// <summary>The text as the vocabulary has it (Unicode forms, case), before it is split.</summary>
    string Normalize(string text);

    /// <summary>Appends the ids of a stretch of normalized text without added tokens.</summary>
    /// <param name="text">The stretch.</param>
    /// <param name="isFirst">Whether nothing comes before it.</param>
    /// <param name="ids">Receives the ids.</param>
    void Encode(string text, bool isFirst, List<int> ids);

    /// <summary>Starts a text.</summary>
    IPieceJoiner StartJoining();
}

/// <summary>Joins pieces, one at a time. Nothing that was returned is ever taken back.</summary>
internal interface IPieceJoiner
{
    /// <summary>Makes the next piece continue a text that was not joined from pieces.</summary>
    void Begin() { }

    /// <summary>Adds the next piece and returns the text that is now certain.</summary>
    string Add(string piece);

    /// <summary>Returns what was held back.</summary>
    string End();
}

/// <summary>How a vocabulary writes a word.</summary>
/// <param name="Start">What comes before its first letter ("Ġ", "▁", nothing).</param>
/// <param name="Continuation">What each further piece begins with ("##", nothing).</param>
internal readonly record struct WordForm(string Start, string Continuation);
