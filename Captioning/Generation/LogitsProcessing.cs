namespace ImageToText.Captioning.Generation;

/// <summary>
/// Everything between a model's scores and the choice of the next token, in transformers' order: repetition penalty, no repeated
/// n-grams, bad words, fewest new tokens, forced first and last token, suppressed tokens.
/// </summary>
/// <param name="settings">The caption's settings.</param>
/// <param name="tokens">The checkpoint's own rules.</param>
/// <param name="defects">Words to suppress besides the checkpoint's own.</param>
/// <param name="startLength">Start ids of the text.</param>
internal sealed class LogitsProcessing(GenerationSettings settings, GenerationTokens tokens, DefectWords defects, int startLength)
{
    private readonly float _penalty = settings.RepetitionPenalty;
    private readonly int _ngram = settings.NoRepeatNgramSize;
    private readonly bool _avoidsDefects = settings.SuppressDefectWords && defects.Sequences.Count > 0;

    // A single closing token is not a bad word, or no text could end.
    private readonly int[][] _badWords = [.. tokens.BadWords.Where(word => word.Length > 1 || !tokens.Ends(word[0]))];

    private readonly int[] _forcedFirst = tokens.ForcedFirstId is { } first ? [first] : [];

    // If a first token is forced, "first" means the one after it.
    private readonly int _firstAt = startLength > 1 || tokens.ForcedFirstId is null ? 0 : 1;

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

        foreach (int[] word in _badWords)
        {
            // As in the reference, a sequence longer than the text so far can't be completed yet.
            if (word.Length == 1 || (history.Length >= word.Length && history.EndsWith(word.AsSpan(0, word.Length - 1))))
            {
                Ban(scores, word[^1]);
            }
        }

        if (_avoidsDefects)
        {
            defects.Suppress(scores, history);
        }

        if (newTokens < settings.MinNewTokens)
        {
            Ban(scores, tokens.EndIds);
        }

        if (history.Length == 1 && _forcedFirst.Length > 0)
        {
            Force(scores, _forcedFirst);
        }

        if (newTokens == settings.MaxNewTokens - 1 && tokens.ForcedLastIds.Count > 0)
        {
            Force(scores, tokens.ForcedLastIds);
        }

        Ban(scores, tokens.Suppressed);
        if (newTokens == _firstAt)
        {
            Ban(scores, tokens.SuppressedFirst);
        }
    }

    private static void Ban(Span<float> scores, IReadOnlyList<int> ids)
    {
        for (int i = 0; i < ids.Count; i++)
        {
            Ban(scores, ids[i]);
        }
    }

    private static void Ban(Span<float> scores, int id)
    {
        if (id < scores.Length)
        {
            scores[id] = float.NegativeInfinity;
        }
    }

    /// <summary>Leaves only these tokens, whatever was ruled out before.</summary>
    private static void Force(Span<float> scores, IReadOnlyList<int> ids)
    {
        scores.Fill(float.NegativeInfinity);
        for (int i = 0; i < ids.Count; i++)
        {
            if (ids[i] < scores.Length)
            {
                scores[ids[i]] = 0;
            }
        }
    }

    /// <summary>Each token that has already appeared is penalized once, however often it appeared.</summary>
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
        // The n-gram's first n - 1 tokens are the row's last ones. Whatever followed them before must not follow again.
        int before = _ngram - 1;
        if (before > history.Length)
        {
            return;
        }

        var last = history[(history.Length - before)..];
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
