using ImageToText.Captioning.Tokenization;

namespace ImageToText.Captioning.Generation;

/// <summary>
/// Nonsense words that the public BLIP captioning checkpoints are known to write ("arafed man in a hat", "araffes
/// walking down a street"), as the token sequences by which the model's vocabulary can spell them.
/// </summary>
/// <remarks>
/// A token is kept from being generated when it would complete one of the sequences, as transformers' bad_words_ids
/// does. A sequence starts with a piece that starts a word, so "giraffe" and "carafe" are never touched; a sequence that
/// the spelling of an ordinary word starts with is left out.
/// </remarks>
internal sealed class DefectWords
{
    /// <summary>The spellings that users of the checkpoints report.</summary>
    private static readonly string[] Words =
    [
        "araf", "arafe", "arafed", "arafes", "arafy",
        "araff", "araffe", "araffed", "araffes", "araffy",
        "arraf", "arrafe", "arrafed", "arrafes", "arrafy",
        "arraff", "arraffe", "arraffed", "arraffes", "arraffy",
    ];

    /// <summary>English words that start as the words above do.</summary>
    private static readonly string[] OrdinaryWords = ["arafat", "arafura"];

    private readonly int[][] _sequences;

    private DefectWords(int[][] sequences) => _sequences = sequences;

    /// <summary>No words at all.</summary>
    public static DefectWords None { get; } = new([]);

    /// <summary>The token sequences, for inspection.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Sequences => _sequences;

    /// <summary>Finds every way in which the tokenizer's vocabulary spells the words.</summary>
    public static DefectWords Find(ITokenizer tokenizer)
    {
        // As they stand after another word.
        int[][] ordinary = [.. OrdinaryWords.Select(word => tokenizer.Encode(" " + word))];
        return new DefectWords([.. Words.SelectMany(tokenizer.Spell)
            .Where(sequence => !ordinary.Any(word => word.AsSpan().StartsWith(sequence)))]);
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
