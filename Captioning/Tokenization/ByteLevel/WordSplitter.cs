using System.Globalization;
using System.Text;

namespace ImageToText.Captioning.Tokenization.ByteLevel;

/// <summary>
/// GPT-2's split of a text into words:
/// <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>
/// </summary>
/// <remarks>Not a Regex: .NET's sees UTF-16 units, so a letter beyond U+FFFF would not be one letter.</remarks>
internal static class WordSplitter
{
    private static readonly string[] Contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

    private enum Kind
    {
        Space,
        Letter,
        Number,
        Other,
    }

    /// <summary>Cuts a text into words; together they are the whole text.</summary>
    public static IEnumerable<(int Start, int Length)> Split(string text)
    {
        for (int start = 0; start < text.Length; )
        {
            int length = WordLength(text.AsSpan(start));
            yield return (start, length);
            start += length;
        }
    }

    /// <summary>Cuts a text so that each digit stands alone.</summary>
    public static IEnumerable<(int Start, int Length)> SplitDigits(string text)
    {
        int start = 0;
        int at = 0;
        while (at < text.Length)
        {
            var kind = KindAt(text.AsSpan(at), out int length);
            if (kind == Kind.Number)
            {
                if (at > start)
                {
                    yield return (start, at - start);
                }

                yield return (at, length);
                start = at + length;
            }

            at += length;
        }

        if (at > start)
        {
            yield return (start, at - start);
        }
    }

    private static int WordLength(ReadOnlySpan<char> text)
    {
        foreach (string contraction in Contractions)
        {
            if (text.StartsWith(contraction, StringComparison.Ordinal))
            {
                return contraction.Length;
            }
        }

        int skipped = text[0] == ' ' && text.Length > 1 ? 1 : 0;
        var kind = KindAt(text[skipped..], out _);
        if (kind != Kind.Space)
        {
            return skipped + RunLength(text[skipped..], kind, out _);
        }

        int spaces = RunLength(text, Kind.Space, out int last);

        // The last white space before a word belongs to it (a plain space) or stands alone (a line break, a tab).
        return spaces == text.Length || spaces == last ? spaces : spaces - last;
    }

    /// <summary>The length of a run of one kind, and of its last character.</summary>
    private static int RunLength(ReadOnlySpan<char> text, Kind kind, out int last)
    {
        int run = 0;
        last = 0;
        while (run < text.Length && KindAt(text[run..], out int length) == kind)
        {
            run += length;
            last = length;
        }

        return run;
    }

    private static Kind KindAt(ReadOnlySpan<char> text, out int length)
    {
        Rune.DecodeFromUtf16(text, out var rune, out length);
        return Rune.IsWhiteSpace(rune)
            ? Kind.Space
            : Rune.GetUnicodeCategory(rune) switch
            {
                UnicodeCategory.UppercaseLetter
                or UnicodeCategory.LowercaseLetter
                or UnicodeCategory.TitlecaseLetter
                or UnicodeCategory.ModifierLetter
                or UnicodeCategory.OtherLetter => Kind.Letter,
                UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Kind.Number,
                _ => Kind.Other,
            };
    }
}
