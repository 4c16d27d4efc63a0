namespace ImageToText.Captioning.Execution;

/// <summary>One row copied over another.</summary>
/// <param name="Target">The row that is overwritten.</param>
/// <param name="Source">The row that is read.</param>
/// <param name="Length">Positions that hold something.</param>
internal readonly record struct RowMove(int Target, int Source, int Length);

/// <summary>Orders copies within one store so that no row is overwritten before it is read.</summary>
internal static class RowMoves
{
    /// <summary>Plans the copies that make row i what row sources[i] was.</summary>
    /// <param name="sources">The old row for each new one.</param>
    /// <param name="lengths">The number of used positions in each new row.</param>
    /// <param name="spareRow">A row outside the batch, used when rows swap in a cycle.</param>
    /// <param name="moves">Cleared, then filled with the copies in order.</param>
    public static void Plan(ReadOnlySpan<int> sources, ReadOnlySpan<int> lengths, int spareRow, List<RowMove> moves)
    {
        moves.Clear();
        var pending = sources.Length <= 256 ? stackalloc int[sources.Length] : new int[sources.Length];
        sources.CopyTo(pending);
        const int done = -1;
        int left = 0;
        for (int target = 0; target < pending.Length; target++)
        {
            if (pending[target] == target)
            {
                pending[target] = done;
            }
            else
            {
                left++;
            }
        }

        while (left > 0)
        {
            bool moved = false;
            for (int target = 0; target < pending.Length; target++)
            {
                if (pending[target] != done && !pending.Contains(target))
                {
                    moves.Add(new RowMove(target, pending[target], lengths[target]));
                    pending[target] = done;
                    left--;
                    moved = true;
                }
            }

            if (!moved)
            {
                // Only cycles are left: set one row aside, and whatever waits for it reads it there.
                int first = pending.IndexOfAnyExcept(done);
                moves.Add(new RowMove(spareRow, first, LongestReader(pending, first, lengths)));
                pending.Replace(first, spareRow);
            }
        }
    }

    private static int LongestReader(ReadOnlySpan<int> pending, int source, ReadOnlySpan<int> lengths)
    {
        int longest = 0;
        for (int target = 0; target < pending.Length; target++)
        {
            if (pending[target] == source)
            {
                longest = Math.Max(longest, lengths[target]);
            }
        }

        return longest;
    }
}
