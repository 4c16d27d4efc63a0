namespace ImageToText.Captioning.ModelFiles;

/// <summary>
/// What a model's card says: README.md, which begins with lines of YAML between two lines of dashes. Source: Hugging Face's
/// documentation, "Model Cards".
/// </summary>
internal static class ModelCard
{
    /// <summary>The card's file.</summary>
    public const string File = "README.md";

    private const string Dashes = "---";
    private const string Key = "language:";
    private const int MostLines = 500;

    /// <summary>The languages that a folder's card names, in lower case; empty: it names none.</summary>
    public static IReadOnlyList<string> LanguagesOf(string folder)
    {
        try
        {
            return LanguagesIn(System.IO.File.ReadLines(Path.Combine(folder, File)).Take(MostLines));
        }
        catch (Exception away) when (away is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Whether a list has a language; only its first part counts, so that en covers en-GB.</summary>
    public static bool Names(IReadOnlyList<string> languages, string language) =>
        languages.Any(known => known == "multilingual" || PrimaryOf(known).Equals(PrimaryOf(language), StringComparison.OrdinalIgnoreCase));

    // One tag, a list in brackets, or a list of lines that begin with a dash.
    private static List<string> LanguagesIn(IEnumerable<string> lines)
    {
        var languages = new List<string>();
        bool isOpen = false;
        bool isList = false;
        foreach (string line in lines)
        {
            string text = line.Trim();
            if (text == Dashes && isOpen)
            {
                break;
            }

            if (!isOpen)
            {
                if (text != Dashes)
                {
                    break;
                }

                isOpen = true;
            }
            else if (line.StartsWith(Key, StringComparison.Ordinal))
            {
                isList = true;
                languages.AddRange(text[Key.Length..].Trim().Trim('[', ']').Split(',').Select(Tag));
            }
            else if (isList && text.StartsWith('-'))
            {
                languages.Add(Tag(text[1..]));
            }
            else if (text.Length > 0)
            {
                isList = false;
            }
        }

        languages.RemoveAll(static tag => tag.Length == 0);
        return languages;
    }

    private static string Tag(string text) => text.Split(" #")[0].Trim().Trim('"', '\'').ToLowerInvariant();

    private static string PrimaryOf(string tag) => tag.Trim().Split('-', '_')[0];
}
