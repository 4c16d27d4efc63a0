namespace ImageToText.Standalone.Comparisons;

/// <summary>
/// BLEU-4 of a set of captions (Papineni et al. 2002), without smoothing: the geometric mean of the precisions of runs of one to
/// four words, counted over the whole set and clipped to the references, times the brevity penalty.
/// </summary>
internal static class BleuScore
{
    private const int LongestRun = 4;

    /// <returns>0 to 1; null if there is nothing to score.</returns>
    public static double? Of(IReadOnlyList<ScoredCaption> captions)
    {
        if (captions.Count == 0)
        {
            return null;
        }

        var (length, referenceLength) = (0L, 0L);
        long[] matched = new long[LongestRun];
        long[] total = new long[LongestRun];
        foreach (var caption in captions)
        {
            length += caption.Words.Length;
            referenceLength += ClosestLength(caption);
            for (int run = 1; run <= LongestRun; run++)
            {
                var allowed = new Dictionary<string, int>(StringComparer.Ordinal);
                foreach (string[] reference in caption.References)
                {
                    foreach (var (words, count) in CaptionWords.Runs(reference, run))
                    {
                        allowed[words] = Math.Max(count, allowed.GetValueOrDefault(words));
                    }
                }

                foreach (var (words, count) in CaptionWords.Runs(caption.Words, run))
                {
                    total[run - 1] += count;
                    matched[run - 1] += Math.Min(count, allowed.GetValueOrDefault(words));
                }
            }
        }

        if (matched.Contains(0))
        {
            return 0;
        }

        double logarithms = 0;
        for (int run = 0; run < LongestRun; run++)
        {
            logarithms += Math.Log((double)matched[run] / total[run]);
        }

        double brevity = length >= referenceLength ? 0 : 1 - ((double)referenceLength / length);
        return Math.Exp(brevity + (logarithms / LongestRun));
    }

    // The reference length that is nearest to the caption's; on a tie, the shorter.
    private static int ClosestLength(ScoredCaption caption) =>
        caption
            .References.Select(static reference => reference.Length)
            .OrderBy(length => Math.Abs(length - caption.Words.Length))
            .ThenBy(static length => length)
            .First();
}
