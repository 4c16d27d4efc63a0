using System.Text.RegularExpressions;

namespace ImageToText.Standalone.Comparisons;

/// <summary>
/// The words by which captions are compared: runs of letters, marks and digits in lower case, including apostrophes and hyphens
/// inside them. A Chinese or Japanese character is a separate word.
/// </summary>
internal static partial class CaptionWords
{
    public static string[] Of(string caption) => [.. Word().Matches(caption.ToLowerInvariant()).Select(static match => match.Value)];

    /// <summary>How often each run of words appears in a caption.</summary>
    /// <param name="words">The caption's words.</param>
    /// <param name="length">How many words make a run.</param>
    public static Dictionary<string, int> Runs(ReadOnlySpan<string> words, int length)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int start = 0; start + length <= words.Length; start++)
        {
            string run = string.Join(' ', words.Slice(start, length)!);
            counts[run] = counts.GetValueOrDefault(run) + 1;
        }

        return counts;
    }

    [GeneratedRegex(
        @"[\p{IsCJKUnifiedIdeographs}\p{IsHiragana}\p{IsKatakana}]"
            + @"|(?:(?![\p{IsCJKUnifiedIdeographs}\p{IsHiragana}\p{IsKatakana}])[\p{L}\p{M}\p{N}])+(?:['’-][\p{L}\p{M}\p{N}]+)*"
    )]
    private static partial Regex Word();
}
