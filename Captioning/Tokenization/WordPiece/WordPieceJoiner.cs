namespace ImageToText.Captioning.Tokenization.WordPiece;

/// <summary>
/// "##ing" is appended without a space, punctuation attaches to the word before it, and everything else gets a space.
/// </summary>
internal sealed class WordPieceJoiner : IPieceJoiner
{
    /// <summary>If a piece begins with one of these, the space before it is dropped (tokenizers' WordPiece decoder).</summary>
    private static readonly string[] ClosingUp = [".", "?", "!", ",", "n't", "'m", "'s", "'ve", "'re"];

    private const string Continuation = WordPieceVocabulary.Continuation;

    private bool _begun;

    /// <inheritdoc/>
    public void Begin() => _begun = true;

    /// <inheritdoc/>
    public string Add(string piece)
    {
        string text =
            !_begun ? piece
            : piece.StartsWith(Continuation, StringComparison.Ordinal) ? piece[Continuation.Length..]
            : ClosesUp(piece) ? piece
            : " " + piece;
        _begun = true;
        return text;
    }

    /// <inheritdoc/>
    public string End() => "";

    private static bool ClosesUp(string piece)
    {
        foreach (string start in ClosingUp)
        {
            if (piece.StartsWith(start, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
