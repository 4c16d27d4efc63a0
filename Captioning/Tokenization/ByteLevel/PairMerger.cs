namespace ImageToText.Captioning.Tokenization.ByteLevel;

/// <summary>
/// Merges the symbols of a word pair by pair: always the pair that comes first in the list, and the leftmost of equal ones.
/// </summary>
internal sealed class PairMerger
{
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<(int Left, int Right), (int Rank, int Merged)> _merges = [];
    private readonly bool _takesWholeWords;

    /// <exception cref="ModelFormatException">A merge names a piece that the vocabulary lacks.</exception>
    public PairMerger(ByteLevelModel model)
    {
        _takesWholeWords = model.TakesWholeWords;
        foreach ((int id, string? piece) in model.Pieces.Index())
        {
            if (piece is not null)
            {
                _ids.TryAdd(piece, id);
            }
        }

        foreach ((int rank, (string left, string right)) in model.Merges.Index())
        {
            _merges.TryAdd((IdOf(left, rank), IdOf(right, rank)), (rank, IdOf(left + right, rank)));
        }
    }

    /// <summary>Appends the ids of a word. As in the reference, symbols that the vocabulary lacks are left out.</summary>
    public void Merge(string word, List<int> ids)
    {
        if (_takesWholeWords && _ids.TryGetValue(word, out int whole))
        {
            ids.Add(whole);
            return;
        }

        // A linked list whose inner elements drop out: each knows the next and the previous one.
        int count = 0;
        int[] symbols = new int[word.Length];
        foreach (char symbol in word)
        {
            if (_ids.TryGetValue(symbol.ToString(), out int id))
            {
                symbols[count++] = id;
            }
        }

        int[] next = new int[count];
        int[] before = new int[count];
        var queue = new PriorityQueue<(int Place, int Left, int Right, int Merged), (int Rank, int Place)>();
        for (int place = 0; place < count; place++)
        {
            next[place] = place + 1;
            before[place] = place - 1;
            Offer(place, place + 1);
        }

        while (queue.TryDequeue(out var pair, out _))
        {
            // One of the two may have been merged meanwhile.
            int right = next[pair.Place];
            if (symbols[pair.Place] != pair.Left || right >= count || symbols[right] != pair.Right)
            {
                continue;
            }

            symbols[pair.Place] = pair.Merged;
            symbols[right] = -1;
            next[pair.Place] = next[right];
            if (next[right] < count)
            {
                before[next[right]] = pair.Place;
            }

            if (before[pair.Place] >= 0)
            {
                Offer(before[pair.Place], pair.Place);
            }

            Offer(pair.Place, next[pair.Place]);
        }

        for (int place = 0; place < count; place = next[place])
        {
            ids.Add(symbols[place]);
        }

        void Offer(int left, int right)
        {
            if (right < count && _merges.TryGetValue((symbols[left], symbols[right]), out var merge))
            {
                queue.Enqueue((left, symbols[left], symbols[right], merge.Merged), (merge.Rank, left));
            }
        }
    }

    private int IdOf(string piece, int rank) =>
        _ids.TryGetValue(piece, out int id)
            ? id
            : throw new ModelFormatException($"The tokenizer's merge {rank + 1} uses the piece \"{piece}\", which its vocabulary lacks.");
}
