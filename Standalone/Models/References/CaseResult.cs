using ImageToText.Captioning;

namespace ImageToText.Standalone.Models.References;

/// <summary>How far a caption is from the one that transformers wrote.</summary>
internal sealed record CaseResult
{
    public required string Image { get; init; }

    public required string? Mode { get; init; }

    public string? Prompt { get; init; }

    /// <summary>Whether ids and text are the same, and all distances within the tolerance.</summary>
    public bool Equal => Difference is null;

    /// <summary>The first thing that differs; null: nothing does.</summary>
    public required string? Difference { get; init; }

    /// <summary>The largest distance of a first logit; null: not compared.</summary>
    public double? FirstLogits { get; init; }

    /// <summary>The largest distance of a log-probability; null: not compared, or of other ids.</summary>
    public double? LogProbabilities { get; init; }

    /// <summary>The distance of the score; null: not compared.</summary>
    public double? Score { get; init; }

    /// <summary>Compares a caption.</summary>
    /// <param name="expected">What transformers wrote.</param>
    /// <param name="caption">What this program wrote.</param>
    /// <param name="logits">Its first logits.</param>
    /// <param name="tolerance">The largest distance of a number that still counts as equal.</param>
    public static CaseResult Of(ReferenceCase expected, Caption caption, IReadOnlyList<float> logits, double tolerance)
    {
        var best = caption.Sequences[0];
        // The closing id has a probability, but is not among the ids.
        int closing = best.LogProbabilities.Count - best.TokenIds.Count;
        int[] ids = expected.Sequence[expected.Started..^Math.Min(closing, expected.Sequence.Length - expected.Started)];
        string text = expected.TextWithoutSpaces ?? expected.Text;
        bool sameIds = ids.SequenceEqual(best.TokenIds);
        double? first = expected.FirstLogits is not { Count: > 0 } kept ? null : kept.Max(logit => Distance(logit, logits));
        double? probabilities = sameIds ? Distance(expected.LogProbabilities, best.LogProbabilities) : null;
        double? score = expected.Score is { } wanted ? Math.Abs(wanted - best.Score) : null;
        return new CaseResult
        {
            Image = Path.GetFileName(expected.Image),
            Mode = expected.Mode,
            Prompt = expected.Prompt,
            FirstLogits = first,
            LogProbabilities = probabilities,
            Score = score,
            Difference =
                !sameIds ? Ids(ids, best.TokenIds)
                : text != caption.Text ? $"the text is \"{caption.Text}\" instead of \"{text}\""
                : first > tolerance ? "the first logits differ"
                : probabilities > tolerance ? "the log-probabilities differ"
                : score > tolerance ? "the score differs"
                : null,
        };
    }

    private static string Ids(int[] expected, IReadOnlyList<int> actual)
    {
        int same = expected.Zip(actual).TakeWhile(static pair => pair.First == pair.Second).Count();
        return $"token {same + 1} is {At(actual, same)} instead of {At(expected, same)}";

        static string At(IReadOnlyList<int> ids, int place) => place < ids.Count ? $"{ids[place]}" : "the end";
    }

    // An id that the model lacks is as far away as can be.
    private static double Distance(KeyValuePair<int, float> expected, IReadOnlyList<float> logits) =>
        expected.Key >= 0 && expected.Key < logits.Count ? Math.Abs(expected.Value - logits[expected.Key]) : double.MaxValue;

    private static double? Distance(float[]? expected, IReadOnlyList<float> actual) =>
        expected is not { Length: > 0 } ? null
        : expected.Length != actual.Count ? double.MaxValue
        : expected.Zip(actual).Max(static pair => (double)Math.Abs(pair.First - pair.Second));
}
