using System.Globalization;
using System.Text;
using Microsoft.ML.Tokenizers;

namespace ImageToText.Captioning.Tokenization.WordPiece;

/// <summary>
/// BERT's cleaning of a text before it is split: remove control characters, turn white space into spaces, separate ideographs,
/// strip accents, lower the case. In this order, as in the reference.
/// </summary>
/// <remarks>
/// Microsoft.ML.Tokenizers' own BertTokenizer (2.0.1) is not used for this step: for 9 of the 24 reference texts it gives other
/// ids. It strips accents with string.Normalize, which does nothing under invariant globalization ("café" becomes [UNK]), drops
/// line breaks and emoji, and turns a "[SEP]" in a prompt into the control token. The library's WordPiece matching is used
/// unchanged.
/// </remarks>
internal sealed class BertNormalizer(bool lowerCase, bool stripAccents, bool splitIdeographs) : Normalizer
{
    /// <inheritdoc/>
    public override string Normalize(string original) => Normalize(original.AsSpan());

    /// <inheritdoc/>
    public override string Normalize(ReadOnlySpan<char> original)
    {
        var text = new StringBuilder(original.Length + 16);
        foreach (var rune in original.EnumerateRunes())
        {
            if (IsRemoved(rune))
            {
                continue;
            }

            if (rune.Value is '\t' or '\n' or '\r' || Rune.IsWhiteSpace(rune))
            {
                text.Append(' ');
                continue;
            }

            bool apart = splitIdeographs && IsIdeograph(rune.Value);
            if (apart)
            {
                text.Append(' ');
            }

            if (stripAccents)
            {
                CanonicalDecompositions.AppendWithoutMarks(text, rune);
            }
            else
            {
                text.Append(rune.ToString());
            }

            if (apart)
            {
                text.Append(' ');
            }
        }

        return lowerCase ? ToLower(text.ToString()) : text.ToString();
    }

    /// <summary>Unicode's full lower case, in which only U+0130 becomes two characters.</summary>
    private static string ToLower(string text) => text.Replace("\u0130", "i\u0307", StringComparison.Ordinal).ToLowerInvariant();

    /// <summary>NUL, the replacement character (which also stands for an unpaired surrogate) and category "other".</summary>
    private static bool IsRemoved(Rune rune) =>
        rune.Value is not ('\t' or '\n' or '\r')
        && (
            rune.Value is 0 or 0xFFFD
            || Rune.GetUnicodeCategory(rune)
                is UnicodeCategory.Control
                    or UnicodeCategory.Format
                    or UnicodeCategory.PrivateUse
                    or UnicodeCategory.Surrogate
        );

    /// <summary>The blocks that BERT calls Chinese: CJK ideographs, not kana or Hangul.</summary>
    private static bool IsIdeograph(int point) =>
        point
            is (>= 0x4E00 and <= 0x9FFF)
                or (>= 0x3400 and <= 0x4DBF)
                or (>= 0x20000 and <= 0x2A6DF)
                or (>= 0x2A700 and <= 0x2B73F)
                or (>= 0x2B740 and <= 0x2B81F)
                or (>= 0x2B920 and <= 0x2CEAF)
                or (>= 0xF900 and <= 0xFAFF)
                or (>= 0x2F800 and <= 0x2FA1F);
}
