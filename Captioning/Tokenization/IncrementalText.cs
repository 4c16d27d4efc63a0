using System.Text;

namespace ImageToText.Captioning.Tokenization;

/// <summary>
/// Turns ids into text one at a time. What <see cref="Append"/> and at last <see cref="Finish"/> returned, put
/// together, is what <see cref="CaptionTokenizer.Decode"/> gives for all ids.
/// </summary>
/// <remarks>
/// A piece is never taken back: "##ing" is appended without a space, punctuation closes up to the word before it.
/// Only where the folder asks for clean_up_tokenization_spaces are an apostrophe and the letters that may follow it
/// held back until it is sure whether their space stays.
/// </remarks>
internal sealed class IncrementalText(CaptionTokenizer tokenizer)
{
    /// <summary>What the space before is dropped for when a piece starts with it (tokenizers' WordPiece decoder).</summary>
    private static readonly string[] ClosingUp = [".", "?", "!", ",", "n't", "'m", "'s", "'ve", "'re"];

    /// <summary>What clean_up_tokenization_spaces replaces in the whole text, in this order.</summary>
    private static readonly (string Old, string New)[] CleanUps =
    [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"),
        (" n't", "n't"), (" 'm", "'m"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ];

    /// <summary>Only for the clean-up: all text so far, and how much of its cleaned form was given out.</summary>
    private readonly StringBuilder? _raw = tokenizer.CleanUpSpaces ? new StringBuilder() : null;

    private int _given;
    private bool _begun;

    /// <summary>Takes the next id and returns the text to append; empty for a control token.</summary>
    public string Append(int id)
    {
        if (tokenizer.GetShownPiece(id) is not { } piece)
        {
            return "";
        }

        string text = !_begun ? piece
            : piece.StartsWith(WordPieceVocabulary.Continuation, StringComparison.Ordinal) ? piece[WordPieceVocabulary.Continuation.Length..]
            : ClosesUp(piece) ? piece
            : " " + piece;
        _begun = true;
        return _raw is null ? text : GiveOut(_raw.Append(text).ToString(), all: false);
    }

    /// <summary>Returns what was held back; empty where nothing was.</summary>
    public string Finish() => _raw is null ? "" : GiveOut(_raw.ToString(), all: true);

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

    private string GiveOut(string raw, bool all)
    {
        int space = raw.LastIndexOf(' ');
        string sure;
        if (!all && space >= 0 && raw[(space + 1)..] is "'" or "n" or "n'" or "'v" or "'r")
        {
            // "do n ' t" becomes "don't" in two steps: an n before the apostrophe waits with it.
            space -= raw.AsSpan().EndsWith(" n '") ? 2 : 0;

            // The space itself is part of what the clean-up looks at (" ' "), but may still go.
            sure = CleanUp(raw[..(space + 1)]);
            sure = sure.EndsWith(' ') ? sure[..^1] : sure;
        }
        else
        {
            sure = CleanUp(raw);
        }

        string text = sure.Length > _given ? sure[_given..] : "";
        _given += text.Length;
        return text;
    }

    private static string CleanUp(string text)
    {
        foreach ((string old, string replacement) in CleanUps)
        {
            text = text.Replace(old, replacement, StringComparison.Ordinal);
        }

        return text;
    }
}
