using ImageToText.Captioning.Tokenization;

namespace ImageToText.Captioning.Generation;

/// <summary>
/// Nonsense words that a family's checkpoints are known to write, as the token sequences that spell them in the model's
/// vocabulary.
/// </summary>
/// <remarks>
/// A token is suppressed if it would complete one of the sequences, like transformers' bad_words_ids. A sequence begins with a
/// piece that starts a word, so words that merely contain one are not affected. A sequence with which the spelling of an ordinary
/// word begins is left out.
/// </remarks>
internal sealed class DefectWords
{
    private readonly int[][] _sequences;

    private DefectWords(int[][] sequences) => _sequences = sequences;

    /// <summary>No words at all.</summary>
    public static DefectWords None { get; } = new([]);

    /// <summary>The token sequences, for inspection.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Sequences => _sequences;

    /// <summary>Finds every way to spell the words in the tokenizer's vocabulary.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="spellings">The words.</param>
    public static DefectWords Find(ITokenizer tokenizer, DefectSpellings spellings)
    {
        // As they appear after another word.
        int[][] ordinary = [.. spellings.OrdinaryWords.Select(word => tokenizer.Encode(" " + word))];
        return new DefectWords([
            .. spellings.Words.SelectMany(tokenizer.Spell).Where(sequence => !ordinary.Any(word => word.AsSpan().StartsWith(sequence))),
        ]);
    }

    /// <summary>Sets the tokens that would complete a word after <paramref name="history"/> to negative infinity.</summary>
    public void Suppress(Span<float> scores, ReadOnlySpan<int> history)
    {
        foreach (int[] sequence in _sequences)
        {
            int last = sequence[^1];
            if (history.EndsWith(sequence.AsSpan(0, sequence.Length - 1)) && last < scores.Length)
            {
                scores[last] = float.NegativeInfinity;
            }
        }
    }
}

/// <summary>What a family's checkpoints are known to write by mistake.</summary>
/// <param name="Words">Nonsense words, in every spelling.</param>
/// <param name="OrdinaryWords">Ordinary words that begin like some of them.</param>
internal sealed record DefectSpellings(IReadOnlyList<string> Words, IReadOnlyList<string> OrdinaryWords)
{
    /// <summary>None are known.</summary>
    public static DefectSpellings None { get; } = new([], []);
}
