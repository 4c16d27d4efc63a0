using ImageToText.Captioning.Generation;

namespace ImageToText.Captioning.Tests.Generation;

/// <summary>
/// What transformers documents about its generation, written again from the description with complete sorted lists and without
/// regard for speed, to compare the searches with.
/// </summary>
internal static class NaiveReference
{
    public sealed record Sequence(int[] Ids, float Score, bool Finished);

    public static float[] LogSoftmax(float[] logits)
    {
        // Rounded as in the searches (RowMathTests compare it with double precision). If two sequences are almost equally likely,
        // the last bit decides which one is kept.
        double normalizer = RowMath.LogSumExp(logits);
        return [.. logits.Select(logit => logit - (float)normalizer)];
    }

    public static float[] Process(
        float[] scores,
        int[] history,
        int startLength,
        GenerationSettings settings,
        int[][]? badWords = null,
        GenerationTokens? tokens = null
    )
    {
        tokens ??= GenerationTokens.EndedBy(ToyModel.ClosingId);
        float[] result = [.. scores];
        if (settings.RepetitionPenalty != 1)
        {
            foreach (int id in history.Distinct().Where(id => id < scores.Length))
            {
                result[id] = scores[id] < 0 ? scores[id] * settings.RepetitionPenalty : scores[id] / settings.RepetitionPenalty;
            }
        }

        int n = settings.NoRepeatNgramSize;
        if (n > 0)
        {
            var ngrams = Enumerable.Range(0, Math.Max(0, history.Length - n + 1)).Select(i => history[i..(i + n)]).ToList();
            for (int id = 0; id < result.Length; id++)
            {
                int[] would = [.. history, id];
                if (would.Length >= n && ngrams.Any(ngram => would.AsSpan().EndsWith(ngram)))
                {
                    result[id] = float.NegativeInfinity;
                }
            }
        }

        foreach (int[] word in badWords ?? [])
        {
            if (history.AsSpan().EndsWith(word.AsSpan(0, word.Length - 1)))
            {
                result[word[^1]] = float.NegativeInfinity;
            }
        }

        foreach (int[] word in tokens.BadWords.Where(word => word.Length > 1 || !tokens.EndIds.Contains(word[0])))
        {
            if (word.Length == 1 || (word.Length <= history.Length && history.AsSpan().EndsWith(word.AsSpan(0, word.Length - 1))))
            {
                result[word[^1]] = float.NegativeInfinity;
            }
        }

        if (history.Length - startLength < settings.MinNewTokens)
        {
            Ban(tokens.EndIds);
        }

        if (history.Length == 1 && tokens.ForcedFirstId is { } first)
        {
            Force([first]);
        }

        if (history.Length == startLength + settings.MaxNewTokens - 1 && tokens.ForcedLastIds.Count > 0)
        {
            Force(tokens.ForcedLastIds);
        }

        Ban(tokens.Suppressed);
        int begin = startLength > 1 || tokens.ForcedFirstId is null ? startLength : startLength + 1;
        if (history.Length == begin)
        {
            Ban(tokens.SuppressedFirst);
        }

        return result;

        void Ban(IEnumerable<int> ids)
        {
            foreach (int id in ids)
            {
                result[id] = float.NegativeInfinity;
            }
        }

        void Force(IReadOnlyList<int> ids) => result = [.. result.Select((_, id) => ids.Contains(id) ? 0 : float.NegativeInfinity)];
    }

    public static int[] Greedy(ToyModel model, int[] startIds, GenerationSettings settings, GenerationTokens? tokens = null)
    {
        tokens ??= GenerationTokens.EndedBy(ToyModel.ClosingId);
        int[] ids = startIds;
        while (ids.Length < startIds.Length + settings.MaxNewTokens)
        {
            float[] scores = Process(model.Logits(ids), ids, startIds.Length, settings, tokens: tokens);
            ids = [.. ids, Array.IndexOf(scores, scores.Max())];
            if (tokens.EndIds.Contains(ids[^1]))
            {
                break;
            }
        }

        return ids[startIds.Length..];
    }

    public static List<Sequence> Beams(ToyModel model, int[] startIds, GenerationSettings settings, GenerationTokens? tokens = null)
    {
        tokens ??= GenerationTokens.EndedBy(ToyModel.ClosingId);
        int kept = Math.Max(2, 1 + tokens.EndIds.Count);
        int beams = settings.NumBeams;
        int prompt = startIds.Length;
        int maxLength = prompt + settings.MaxNewTokens;
        var running = Enumerable.Range(0, beams).Select(beam => new Sequence(startIds, beam == 0 ? 0 : -1e9f, false)).ToList();
        var finished = Enumerable.Range(0, beams).Select(_ => new Sequence(startIds, -1e9f, false)).ToList();
        int length = prompt;
        while (true)
        {
            var all = new List<Sequence>();
            foreach (var beam in running)
            {
                float[] scores = Process(LogSoftmax(model.Logits(beam.Ids)), beam.Ids, prompt, settings, tokens: tokens);
                all.AddRange(scores.Select((score, id) => new Sequence([.. beam.Ids, id], score + beam.Score, false)));
            }

            List<Sequence> top = [.. all.OrderByDescending(sequence => sequence.Score).Take(kept * beams)];
            bool[] hits = [.. top.Select(sequence => tokens.EndIds.Contains(sequence.Ids[^1]) || sequence.Ids.Length >= maxLength)];

            running =
            [
                .. top.Select((sequence, i) => sequence with { Score = sequence.Score + (hits[i] ? -1e9f : 0) })
                    .OrderByDescending(sequence => sequence.Score)
                    .Take(beams),
            ];

            float divisor = (float)Math.Pow(length + 1 - prompt, settings.LengthPenalty);
            bool full = settings.EarlyStopping == EarlyStopping.WhenFull && finished.All(sequence => sequence.Finished);
            finished =
            [
                .. finished
                    .Concat(
                        top.Select(
                            (sequence, i) =>
                                new Sequence(
                                    sequence.Ids,
                                    sequence.Score / divisor + (full ? -1e9f : 0) + (hits[i] && i < beams ? 0 : -1e9f),
                                    hits[i] && i < beams
                                )
                        )
                    )
                    .OrderByDescending(sequence => sequence.Score)
                    .Take(beams),
            ];

            length++;
            int hypothetical = settings is { EarlyStopping: EarlyStopping.Never, LengthPenalty: > 0 }
                ? maxLength - prompt
                : length - prompt;
            float best = running[0].Score / (float)Math.Pow(hypothetical, settings.LengthPenalty);
            float worst = finished.Min(sequence => sequence.Score);
            bool improvable = finished.Any(sequence => best > (sequence.Finished ? worst : -1e9f));
            bool open = !(finished.All(sequence => sequence.Finished) && settings.EarlyStopping == EarlyStopping.WhenFull);
            if (!improvable || !open || hits.All(hit => hit))
            {
                return finished;
            }
        }
    }
}
