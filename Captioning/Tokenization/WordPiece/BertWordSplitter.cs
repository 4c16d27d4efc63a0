using System.Globalization;
using System.Text;
using Microsoft.ML.Tokenizers;

namespace ImageToText.Captioning.Tokenization.WordPiece;

/// <summary>BERT's split of a cleaned text into words: at white space, with each punctuation mark on its own.</summary>
/// <remarks>It knows no control tokens, so "[SEP]" in a prompt is the three words "[", "sep" and "]".</remarks>
internal sealed class BertWordSplitter : PreTokenizer
{
    /// <inheritdoc/>
    public override IEnumerable<(int Offset, int Length)> PreTokenize(string text) => Split(text);

    /// <inheritdoc/>
    public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text) => Split(text);

    private static List<(int Offset, int Length)> Split(ReadOnlySpan<char> text)
    {
        var words = new List<(int Offset, int Length)>();
        int start = 0;
        int position = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            int end = position + rune.Utf16SequenceLength;
            bool space = Rune.IsWhiteSpace(rune);
            if (space || IsPunctuation(rune))
            {
                if (position > start)
                {
                    words.Add((start, position - start));
                }

                if (!space)
                {
                    words.Add((position, end - position));
                }

                start = end;
            }

            position = end;
        }

        if (position > start)
        {
            words.Add((start, position - start));
        }

        return words;
    }

    /// <summary>Unicode's punctuation, and the ASCII symbols ($, +, ^, ...) that BERT counts as punctuation.</summary>
    private static bool IsPunctuation(Rune rune) =>
        rune.IsAscii
            ? char.IsPunctuation((char)rune.Value) || char.IsSymbol((char)rune.Value)
            : Rune.GetUnicodeCategory(rune)
                is UnicodeCategory.ConnectorPunctuation
                    or UnicodeCategory.DashPunctuation
                    or UnicodeCategory.OpenPunctuation
                    or UnicodeCategory.ClosePunctuation
                    or UnicodeCategory.InitialQuotePunctuation
                    or UnicodeCategory.FinalQuotePunctuation
                    or UnicodeCategory.OtherPunctuation;
}
