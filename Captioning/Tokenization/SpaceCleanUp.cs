using System.Text;

namespace ImageToText.Captioning.Tokenization;

/// <summary>
/// transformers' clean_up_tokenization_spaces, one stretch of text at a time: removes spaces before punctuation and contractions.
/// Whatever may still change is held back.
/// </summary>
internal sealed class SpaceCleanUp
{
    // In this order, each applied to the whole text.
    private static readonly (string Old, string New)[] Replacements =
    [
        (" .", "."),
        (" ?", "?"),
        (" !", "!"),
        (" ,", ","),
        (" ' ", "'"),
        (" n't", "n't"),
        (" 'm", "'m"),
        (" 's", "'s"),
        (" 've", "'ve"),
        (" 're", "'re"),
    ];

    private string _held = "";

    /// <summary>Adds the next stretch and returns what is now certain.</summary>
    public string Append(string text)
    {
        string all = _held + text;

        // Every replaced text begins with a space, and all but its last character are among these.
        int tail = all.AsSpan().LastIndexOfAnyExcept(" 'nvr") + 1;
        int space = all.IndexOf(' ', tail);
        int sure = space < 0 ? all.Length : space;
        _held = all[sure..];
        return CleanUp(all[..sure]);
    }

    /// <summary>Returns what was held back.</summary>
    public string Finish()
    {
        string rest = CleanUp(_held);
        _held = "";
        return rest;
    }

    private static string CleanUp(string text)
    {
        if (!text.Contains(' ', StringComparison.Ordinal))
        {
            return text;
        }

        var clean = new StringBuilder(text);
        foreach ((string old, string replacement) in Replacements)
        {
            clean.Replace(old, replacement);
        }

        return clean.ToString();
    }
}
