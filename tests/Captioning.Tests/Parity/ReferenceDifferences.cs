namespace ImageToText.Captioning.Tests.Parity;

/// <summary>How a caption differs from transformers': ids and text at all, numbers by more than 2e-3.</summary>
internal static class ReferenceDifferences
{
    private const float Tolerance = 2e-3f;

    /// <param name="expected">What transformers wrote.</param>
    /// <param name="caption">What was captioned here.</param>
    /// <param name="ids">The ids that transformers generated, without the closing one.</param>
    /// <param name="text">Their text.</param>
    public static IEnumerable<string> Of(ReferenceCaption expected, Caption caption, IReadOnlyList<int> ids, string text)
    {
        var best = caption.Sequences[0];
        string name = $"{expected.Image} \"{expected.Prompt}\" {expected.Mode}:";
        if (!ids.SequenceEqual(best.TokenIds))
        {
            yield return $"{name} ids {string.Join(' ', best.TokenIds)} instead of {string.Join(' ', ids)}";
        }
        else if (text != caption.Text)
        {
            yield return $"{name} text \"{caption.Text}\" instead of \"{text}\"";
        }

        if (expected.LogProbabilities.Length > 0 && !Near(expected.LogProbabilities, best.LogProbabilities))
        {
            yield return $"{name} log-probabilities {string.Join(' ', best.LogProbabilities)} instead of "
                + $"{string.Join(' ', expected.LogProbabilities)}";
        }

        if (expected.Score is { } score && Math.Abs(score - best.Score) > Tolerance)
        {
            yield return $"{name} score {best.Score} instead of {score}";
        }
    }

    private static bool Near(float[] expected, IReadOnlyList<float> actual) =>
        expected.Length == actual.Count && expected.Zip(actual).All(pair => Math.Abs(pair.First - pair.Second) <= Tolerance);
}
