using System.Text;

namespace ImageToText.Captioning.Tokenization;

/// <summary>Finds added tokens in a text: the leftmost first, and the longest of several at one place.</summary>
internal sealed class AddedTokenFinder
{
    private readonly ILookup<char, (AddedToken Token, int Id)> _byFirst;

    public AddedTokenFinder(IEnumerable<(AddedToken Token, int Id)> tokens) =>
        _byFirst = tokens.OrderByDescending(entry => entry.Token.Content.Length).ToLookup(entry => entry.Token.Content[0]);

    /// <summary>Cuts a text at the tokens, into stretches of text and ids between them.</summary>
    public IEnumerable<(string Text, int? Id)> Split(string text)
    {
        int begin = 0;
        for (int at = 0; at < text.Length; )
        {
            if (Find(text, at) is not (var token, var id))
            {
                at++;
                continue;
            }

            int from = at;
            int to = at + token.Content.Length;
            while (token.StripsLeft && from > begin && char.IsWhiteSpace(text[from - 1]))
            {
                from--;
            }

            while (token.StripsRight && to < text.Length && char.IsWhiteSpace(text[to]))
            {
                to++;
            }

            if (from > begin)
            {
                yield return (text[begin..from], null);
            }

            yield return ("", id);
            begin = at = to;
        }

        if (begin < text.Length)
        {
            yield return (text[begin..], null);
        }
    }

    private (AddedToken Token, int Id)? Find(string text, int at)
    {
        foreach ((var token, int id) in _byFirst[text[at]])
        {
            if (
                string.CompareOrdinal(text, at, token.Content, 0, token.Content.Length) == 0
                && !(token.IsSingleWord && IsTouched(text, at, at + token.Content.Length))
            )
            {
                return (token, id);
            }
        }

        return null;
    }

    private static bool IsTouched(string text, int from, int to) =>
        (from > 0 && Rune.DecodeLastFromUtf16(text.AsSpan(0, from), out var before, out _) == 0 && IsWord(before))
        || (to < text.Length && Rune.DecodeFromUtf16(text.AsSpan(to), out var after, out _) == 0 && IsWord(after));

    private static bool IsWord(Rune rune) => rune.Value == '_' || Rune.IsLetterOrDigit(rune);
}
