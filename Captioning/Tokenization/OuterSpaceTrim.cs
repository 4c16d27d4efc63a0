namespace ImageToText.Captioning.Tokenization;

/// <summary>
/// Removes the white space around a text. Leading space is dropped, and space that may be trailing is held back.
/// </summary>
internal sealed class OuterSpaceTrim
{
    private string _held = "";
    private bool _begun;

    /// <summary>Keeps leading space from now on: other text comes before it.</summary>
    public void Begin() => _begun = true;

    /// <summary>Adds the next stretch and returns what is certainly inside.</summary>
    public string Append(string text)
    {
        if (!_begun)
        {
            int first = 0;
            while (first < text.Length && IsSpace(text[first]))
            {
                first++;
            }

            text = text[first..];
            _begun = text.Length > 0;
        }

        string all = _held + text;
        int end = all.Length;
        while (end > 0 && IsSpace(all[end - 1]))
        {
            end--;
        }

        _held = all[end..];
        return all[..end];
    }

    /// <summary>White space as in Python's strip: the four information separators count.</summary>
    private static bool IsSpace(char character) => char.IsWhiteSpace(character) || character is >= '\u001C' and <= '\u001F';
}
