namespace ImageToText.Standalone.Comparisons;

/// <summary>
/// CIDEr-D of a set of captions (Vedantam et al. 2015): how close the runs of one to four words are to those of the references,
/// weighted by how rare they are among the references of all pictures, times ten. Run counts are not divided by the caption's
/// length, as in the COCO challenge's program, whose figures papers report.
/// </summary>
internal static class CiderScore
{
    private const int LongestRun = 4;
    private const double Factor = 10;

    // For the penalty if the length differs from the reference's.
    private const double LengthDeviation = 6;

    /// <returns>0 to 10; null if fewer than two pictures have references, because then no word is rarer than another.</returns>
    public static double? Of(IReadOnlyList<ScoredCaption> captions)
    {
        if (captions.Count < 2)
        {
            return null;
        }

        double sum = 0;
        for (int run = 1; run <= LongestRun; run++)
        {
            var weights = new RunWeights(captions, run);
            foreach (var caption in captions)
            {
                var written = weights.Weigh(caption.Words);
                double nearness = 0;
                foreach (string[] reference in caption.References)
                {
                    double difference = caption.Words.Length - reference.Length;
                    nearness +=
                        Nearness(written, weights.Weigh(reference))
                        * Math.Exp(-difference * difference / (2 * LengthDeviation * LengthDeviation));
                }

                sum += nearness / caption.References.Count;
            }
        }

        return Factor * sum / (LongestRun * captions.Count);
    }

    // The cosine of two captions, with the first one's repetitions clipped.
    private static double Nearness(Dictionary<string, double> written, Dictionary<string, double> reference)
    {
        double product = 0;
        foreach (var (run, weight) in written)
        {
            double wanted = reference.GetValueOrDefault(run);
            product += Math.Min(weight, wanted) * wanted;
        }

        double norms = Norm(written) * Norm(reference);
        return norms == 0 ? 0 : product / norms;
    }

    private static double Norm(Dictionary<string, double> weights) => Math.Sqrt(weights.Values.Sum(static weight => weight * weight));

    /// <summary>The weights of runs of one length: the fewer pictures have them in their references, the higher.</summary>
    private sealed class RunWeights
    {
        private readonly int _length;
        private readonly double _pictures;
        private readonly Dictionary<string, int> _picturesWith = new(StringComparer.Ordinal);

        public RunWeights(IReadOnlyList<ScoredCaption> captions, int length)
        {
            _length = length;
            _pictures = captions.Count;
            foreach (var caption in captions)
            {
                var runs = new HashSet<string>(StringComparer.Ordinal);
                foreach (string[] reference in caption.References)
                {
                    runs.UnionWith(CaptionWords.Runs(reference, length).Keys);
                }

                foreach (string run in runs)
                {
                    _picturesWith[run] = _picturesWith.GetValueOrDefault(run) + 1;
                }
            }
        }

        public Dictionary<string, double> Weigh(string[] words) =>
            CaptionWords
                .Runs(words, _length)
                .ToDictionary(
                    static run => run.Key,
                    run => run.Value * Math.Log(_pictures / Math.Max(1, _picturesWith.GetValueOrDefault(run.Key))),
                    StringComparer.Ordinal
                );
    }
}
