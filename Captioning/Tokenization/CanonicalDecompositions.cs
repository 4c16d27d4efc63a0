using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace ImageToText.Captioning.Tokenization;

/// <summary>What is left of a character after canonical decomposition (NFD) and removal of nonspacing marks.</summary>
/// <remarks>
/// We have our own data because the product runs with invariant globalization (no ICU on the machine), where
/// <see cref="string.Normalize()"/> returns every text unchanged.
/// </remarks>
internal static class CanonicalDecompositions
{
    private const int HangulFirst = 0xAC00;
    private const int HangulCount = 11172;
    private const int VowelCount = 21;
    private const int TrailingCount = 28;

    private static readonly FrozenDictionary<int, string> WithoutMarks = Read();

    /// <summary>Appends <paramref name="rune"/>, decomposed and without its marks; nothing for a lone mark.</summary>
    public static void AppendWithoutMarks(StringBuilder text, Rune rune)
    {
        int syllable = rune.Value - HangulFirst;
        if (WithoutMarks.TryGetValue(rune.Value, out string? rest))
        {
            text.Append(rest);
        }
        else if ((uint)syllable < HangulCount)
        {
            text.Append((char)(0x1100 + syllable / (VowelCount * TrailingCount)));
            text.Append((char)(0x1161 + syllable % (VowelCount * TrailingCount) / TrailingCount));
            if (syllable % TrailingCount is > 0 and var trailing)
            {
                text.Append((char)(0x11A7 + trailing));
            }
        }
        else if (Rune.GetUnicodeCategory(rune) != UnicodeCategory.NonSpacingMark)
        {
            text.Append(rune.ToString());
        }
    }

    private static FrozenDictionary<int, string> Read()
    {
        var self = typeof(CanonicalDecompositions);
        using var stream = self.Assembly.GetManifestResourceStream(self, "CanonicalDecompositions.txt")!;
        using var reader = new StreamReader(stream);
        var map = new Dictionary<int, string>();
        while (reader.ReadLine() is { } line)
        {
            if (!line.StartsWith('#'))
            {
                int[] points = [.. line.Split(' ').Select(point => int.Parse(point, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
                map.Add(points[0], string.Concat(points[1..].Select(char.ConvertFromUtf32)));
            }
        }

        return map.ToFrozenDictionary();
    }
}
