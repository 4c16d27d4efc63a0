using System.Numerics.Tensors;

namespace ImageToText.Captioning.Generation;

/// <summary>Samples each token at random: temperature, then the likeliest top_k, then those that make up top_p.</summary>
/// <remarks>
/// Every sequence has its own generator, seeded by the request's seed and its number. So neither other requests nor the number of
/// sequences changes any of them. A finished sequence releases its row at once.
/// </remarks>
internal sealed class SamplingSearch : TokenSearch
{
    private readonly GenerationSettings _settings;
    private readonly LogitsProcessing _processing;
    private readonly SearchRow[] _sequences;
    private readonly RowRandom[] _random;
    private readonly int[] _open;
    private readonly int[] _next;
    private readonly int[] _parents;
    private readonly float[] _scores;
    private readonly float[] _candidateScores;
    private readonly int[] _candidates;
    private readonly GenerationTokens _tokens;
    private int _rows;
    private bool _begun;

    public SamplingSearch(
        GenerationSettings settings,
        LogitsProcessing processing,
        GenerationTokens tokens,
        int vocabulary,
        ReadOnlySpan<int> startIds,
        long seed
    )
    {
        _settings = settings;
        _processing = processing;
        _tokens = tokens;
        _rows = settings.NumReturnSequences;
        _sequences = new SearchRow[_rows];
        _random = new RowRandom[_rows];
        _open = new int[_rows];
        for (int sequence = 0; sequence < _rows; sequence++)
        {
            _sequences[sequence] = new SearchRow(startIds, settings.MaxNewTokens, tokens);
            _random[sequence] = new RowRandom(seed, sequence);
            _open[sequence] = sequence;
        }

        _next = new int[_rows];
        _parents = new int[_rows];
        _scores = new float[vocabulary];
        _candidateScores = new float[vocabulary];
        _candidates = new int[vocabulary];
    }

    /// <inheritdoc/>
    public override int Rows => _rows;

    /// <inheritdoc/>
    public override bool IsFinished => _rows == 0;

    /// <inheritdoc/>
    public override ReadOnlySpan<int> NextTokens => _next.AsSpan(0, _rows);

    /// <inheritdoc/>
    public override ReadOnlySpan<int> Parents => _parents.AsSpan(0, _rows);

    /// <inheritdoc/>
    public override GeneratedToken? LatestToken => _sequences.Length == 1 ? _sequences[0].LatestToken : null;

    /// <inheritdoc/>
    public override void Advance(Span<float> logits)
    {
        int open = 0;
        for (int row = 0; row < _rows; row++)
        {
            int from = _begun ? row : 0;
            var sequence = _sequences[_open[row]];
            ReadOnlySpan<float> own = logits.Slice(from * _scores.Length, _scores.Length);
            double normalizer = RowMath.LogSumExp(own);
            own.CopyTo(_scores);
            _processing.Apply(_scores, sequence.History, sequence.NewTokens);
            int token = Draw(_random[_open[row]].NextUnit());
            sequence.Add(token, RowMath.LogProbability(own[token], normalizer));
            if (!sequence.IsFinished)
            {
                _open[open] = _open[row];
                _next[open] = token;
                _parents[open++] = from;
            }
        }

        _rows = open;
        _begun = true;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<GeneratedSequence> GetResults() =>
        [.. _sequences.Select(sequence => sequence.ToSequence()).OrderByDescending(sequence => sequence.Score)];

    /// <summary>
    /// The token at <paramref name="unit"/> (in [0, 1)) when the kept tokens' probabilities are laid end to end.
    /// </summary>
    private int Draw(double unit)
    {
        int best = RowMath.IndexOfMax(_scores);
        float max = _scores[best];
        if (float.IsNegativeInfinity(max))
        {
            return _tokens.EndIds[0];
        }

        // Relative to the greatest, so that a low temperature can't overflow. -infinity stays -infinity.
        TensorPrimitives.Subtract(_scores, max, _scores);
        TensorPrimitives.Divide(_scores, _settings.Temperature, _scores);
        int count = KeepTopK();
        var scores = _candidateScores.AsSpan(0, count);
        var tokens = _candidates.AsSpan(0, count);
        TensorPrimitives.Exp<float>(scores, scores);
        count = KeepTopP(scores, tokens);

        double total = 0;
        foreach (float weight in scores[..count])
        {
            total += weight;
        }

        double target = unit * total;
        for (int i = 0; i < count; i++)
        {
            target -= scores[i];
            if (target < 0)
            {
                return tokens[i];
            }
        }

        return tokens[count - 1];
    }

    /// <summary>Gathers the top_k greatest scores and all that equal the least of them, in the vocabulary's order.</summary>
    private int KeepTopK()
    {
        float least = float.MinValue;
        if (_settings.TopK > 0 && _settings.TopK < _scores.Length)
        {
            least = Math.Max(least, KthGreatest(_settings.TopK));
        }

        int count = 0;
        for (int token = 0; token < _scores.Length; token++)
        {
            if (_scores[token] >= least)
            {
                _candidateScores[count] = _scores[token];
                _candidates[count++] = token;
            }
        }

        return count;
    }

    /// <summary>
    /// Bisects between the bit patterns of the least and the greatest float, counting each time. It takes at most 32 passes over
    /// the row and sorts nothing.
    /// </summary>
    private float KthGreatest(int k)
    {
        // All scores here are at most 0, so a greater score has a smaller bit pattern of its magnitude.
        int low = 0;
        int high = BitConverter.SingleToInt32Bits(float.PositiveInfinity);
        while (low < high)
        {
            int middle = low + (high - low) / 2;
            float bound = -BitConverter.Int32BitsToSingle(middle);
            if (RowMath.CountAtLeast(_scores, bound) >= k)
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return -BitConverter.Int32BitsToSingle(low);
    }

    /// <summary>Sorts, greatest first, and drops the least ones while those dropped sum to at most 1 - top_p.</summary>
    private int KeepTopP(Span<float> weights, Span<int> tokens)
    {
        if (_settings.TopP >= 1)
        {
            return weights.Length;
        }

        double total = 0;
        foreach (float weight in weights)
        {
            total += weight;
        }

        // Whatever is below its even share of the part to drop is dropped in any case: all of these together are less than that
        // part.
        double drop = (1 - (double)_settings.TopP) * total;
        float share = (float)(drop / weights.Length);
        double dropped = 0;
        int count = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            if (weights[i] < share)
            {
                dropped += weights[i];
            }
            else
            {
                weights[count] = -weights[i];
                tokens[count++] = tokens[i];
            }
        }

        weights = weights[..count];
        weights.Sort(tokens[..count]);
        TensorPrimitives.Negate<float>(weights, weights);
        while (count > 1 && dropped + weights[count - 1] <= drop)
        {
            dropped += weights[--count];
        }

        return count;
    }
}
