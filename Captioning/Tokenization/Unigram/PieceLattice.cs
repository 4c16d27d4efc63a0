using System.Text;

namespace ImageToText.Captioning.Tokenization.Unigram;

/// <summary>Cuts a word into the pieces with the greatest possible sum of scores (Viterbi).</summary>
internal sealed class PieceLattice
{
    /// <summary>How much less an unknown character scores than the worst piece, as in SentencePiece.</summary>
    private const double UnknownPenalty = 10;

    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _ids;
    private readonly double[] _scores;
    private readonly double _unknownScore;
    private readonly int _unknownId;
    private readonly int _longest;

    /// <param name="model">The pieces.</param>
    /// <param name="controlTokens">Pieces that no text is cut into.</param>
    public PieceLattice(UnigramModel model, IReadOnlySet<string> controlTokens)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach ((int id, string? piece) in model.Pieces.Index())
        {
            if (piece is not null && !controlTokens.Contains(piece))
            {
                ids[piece] = id;
            }
        }

        _ids = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        _scores = model.Scores;
        _unknownScore = _scores.Min() - UnknownPenalty;
        _unknownId = model.UnknownId;
        _longest = ids.Keys.Select(piece => piece.Length).DefaultIfEmpty(1).Max();
    }

    /// <summary>Appends the ids of a word's pieces. Adjacent unknown characters are one piece.</summary>
    public void Cut(ReadOnlySpan<char> word, List<int> ids)
    {
        // The best way to reach each position.
        var best = new (double Score, int From, int Id)[word.Length + 1];
        best.AsSpan(1).Fill((double.NegativeInfinity, -1, -1));
        for (int from = 0; from < word.Length; )
        {
            Rune.DecodeFromUtf16(word[from..], out _, out int character);
            bool hasSingle = false;
            int most = Math.Min(_longest, word.Length - from);
            for (int length = 1; length <= most; length++)
            {
                if (_ids.TryGetValue(word.Slice(from, length), out int id))
                {
                    Offer(best, from, from + length, _scores[id], id);
                    hasSingle |= length == character;
                }
            }

            if (!hasSingle)
            {
                Offer(best, from, from + character, _unknownScore, _unknownId);
            }

            from += character;
        }

        int first = ids.Count;
        for (int place = word.Length; place > 0; place = best[place].From)
        {
            int id = best[place].Id;
            if (id != _unknownId || ids.Count == first || ids[^1] != _unknownId)
            {
                ids.Add(id);
            }
        }

        ids.Reverse(first, ids.Count - first);
    }

    private static void Offer((double Score, int From, int Id)[] best, int from, int to, double score, int id)
    {
        double total = best[from].Score + score;
        if (best[to].From < 0 || total > best[to].Score)
        {
            best[to] = (total, from, id);
        }
    }
}
