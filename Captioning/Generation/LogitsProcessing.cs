namespace ImageToText.Captioning.Generation;

/// <summary>
/// What stands between a model's scores and the choice of the next token, in transformers' order: repetition penalty,
/// no repeated n-grams, suppressed words, fewest new tokens.
/// </summary>
/// <param name="settings">The caption's settings.</param>
/// <param name="suppressed">The words to suppress.</param>
/// <param name="closingId">The token that closes a caption.</param>
internal sealed class LogitsProcessing(GenerationSettings settings, DefectWords suppressed, int closingId)
{
    private readonly float _penalty = settings.RepetitionPenalty;
    private readonly int _ngram = settings.NoRepeatNgramSize;
    private readonly int _minNewTokens = settings.MinNewTokens;
    private readonly bool _suppresses = settings.SuppressDefectWords && suppressed.Sequences.Count > 0;

    /// <summary>Changes the scores of one row.</summary>
    /// <param name="scores">[vocabulary]; logits, or log-probabilities in a beam search.</param>
    /// <param name="history">Start ids and generated ids of the row.</param>
    /// <param name="newTokens">How many of them were generated.</param>
    public void Apply(Span<float> scores, ReadOnlySpan<int> history, int newTokens)
    {
        if (_penalty != 1)
        {
            PenalizeRepetition(scores, history);
        }

        if (_ngram > 0)
        {
            BanRepeatedNgrams(scores, history);
        }

        if (_suppresses)
        {
            suppressed.Suppress(scores, history);
        }

        if (newTokens < _minNewTokens)
        {
            scores[closingId] = float.NegativeInfinity;
        }
    }

    /// <summary>Each token that stands already is penalized once, however often it stands.</summary>
    private void PenalizeRepetition(Span<float> scores, ReadOnlySpan<int> history)
    {
        for (int i = 0; i < history.Length; i++)
        {
            int id = history[i];
            if (id < scores.Length && !history[..i].Contains(id))
            {
                scores[id] = scores[id] < 0 ? scores[id] * _penalty : scores[id] / _penalty;
            }
        }
    }

    private void BanRepeatedNgrams(Span<float> scores, ReadOnlySpan<int> history)
    {
        // The n-gram's first n - 1 tokens are the last of the row; what followed them before must not follow again.
        int before = _ngram - 1;
        if (before > history.Length)
        {
            return;
        }

        ReadOnlySpan<int> last = history[(history.Length - before)..];
        for (int i = 0; i + before < history.Length; i++)
        {
            int next = history[i + before];
            if (next < scores.Length && history.Slice(i, before).SequenceEqual(last))
            {
                scores[next] = float.NegativeInfinity;
            }
        }
    }
}
