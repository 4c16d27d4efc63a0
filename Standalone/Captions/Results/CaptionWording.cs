using System.Text.RegularExpressions;
using ImageToText.Captioning;

namespace ImageToText.Standalone.Captions.Results;

/// <summary>What to do with the stock phrases that many captions start with.</summary>
internal enum StockPhrases
{
    /// <summary>Keep them.</summary>
    Keep,

    /// <summary>Drop "a picture of" and the like.</summary>
    Strip,
}

/// <summary>The wording of captions wherever they are written: stock phrases, sentence form, and text before and after.</summary>
internal sealed partial record CaptionWording
{
    /// <summary>What to do with stock phrases.</summary>
    public StockPhrases StockPhrases { get; init; }

    /// <summary>Whether the caption starts with a capital letter and ends with a full stop.</summary>
    public bool Sentence { get; init; }

    /// <summary>Text before every caption, as typed.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>Text after every caption, as typed.</summary>
    public string Suffix { get; init; } = "";

    /// <summary>Returns a sequence in this wording, on one line. Text with a line for each region stays as it is.</summary>
    public string Apply(CaptionSequence sequence) => sequence.Regions.Count > 0 ? sequence.Text : Apply(sequence.Text);

    /// <summary>Returns the caption in this wording, on one line.</summary>
    public string Apply(string caption)
    {
        string text = LineBreaks().Replace(caption, " ").Trim();
        if (StockPhrases == StockPhrases.Strip)
        {
            string stripped = Opening().Replace(text, "");
            text = stripped.Length > 0 ? stripped : text;
        }

        text = Prefix + text + Suffix;
        return Sentence ? AsSentence(text) : text;
    }

    private static string AsSentence(string text)
    {
        int letter = text.TakeWhile(static c => !char.IsLetterOrDigit(c)).Count();
        string trimmed = text.TrimEnd();
        if (letter >= trimmed.Length)
        {
            return text;
        }

        string capital = trimmed[..letter] + char.ToUpperInvariant(trimmed[letter]) + trimmed[(letter + 1)..];
        return capital[^1] is '.' or '!' or '?' or '…' ? capital : capital.TrimEnd(',', ';', ':', ' ') + ".";
    }

    [GeneratedRegex(@"\s*[\r\n\u0085\u2028\u2029]+\s*")]
    private static partial Regex LineBreaks();

    [GeneratedRegex(
        @"^(?:(?:there\s+(?:is|are)|this\s+is|it\s+is|it's)\s+)?"
            + @"(?:(?:an?|the)\s+)?(?:close[\s-]?up\s+)?(?:picture|image|photo|photograph|shot|view|close[\s-]?up)s?\s+of\s+"
            + @"|^there\s+(?:is|are)\s+",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant
    )]
    private static partial Regex Opening();
}
