using System.Text;

namespace ImageToText.Captioning.Tokenization.Unigram;

/// <summary>Runs of several spaces become one.</summary>
internal static class SpaceRuns
{
    /// <summary>Replaces each run of two spaces or more.</summary>
    public static string Collapse(string text, string replacement)
    {
        var collapsed = new StringBuilder(text.Length);
        for (int at = 0; at < text.Length; )
        {
            int end = text.AsSpan(at).IndexOfAnyExcept(' ');
            int run = end < 0 ? text.Length - at : end;
            if (run >= 2)
            {
                collapsed.Append(replacement);
                at += run;
            }
            else
            {
                collapsed.Append(text[at++]);
            }
        }

        return collapsed.ToString();
    }
}
