using System.Numerics.Tensors;

namespace ImageToText.Captioning.Generation;

/// <summary>Beam search exactly as in transformers 5: the same candidates, the same scores, the same end.</summary>
/// <remarks>
/// Of all continuations of all beams, the best 2 x beams are taken (more if several tokens end a text). The best unfinished ones
/// run on. Finished ones among the first num_beams compete for a place among the finished, by their score divided by length ^
/// length_penalty. As there, scores are single-precision numbers.
/// </remarks>
internal sealed class BeamSearch : TokenSearch
{
    /// <summary>What the reference subtracts to put a beam behind all others.</summary>
    private const float Excluded = -1e9f;

    private readonly GenerationSettings _settings;
    private readonly LogitsProcessing _processing;
    private readonly GenerationTokens _tokens;
    private readonly int _endId;
    private readonly int _vocabulary;
    private readonly int _beams;
    private readonly int _startLength;
    private readonly TopCandidates _candidates;
    private readonly bool[] _ends;
    private readonly double[] _normalizers;
    private readonly float[] _scores;
    private readonly int[] _next;
    private readonly int[] _parents;
    private BeamSet _running;
    private BeamSet _runningNext;
    private BeamSet _finished;
    private BeamSet _finishedNext;
    private int _newTokens;
    private bool _done;

    public BeamSearch(
        GenerationSettings settings,
        LogitsProcessing processing,
        GenerationTokens tokens,
        int vocabulary,
        ReadOnlySpan<int> startIds
    )
    {
        _settings = settings;
        _processing = processing;
        _tokens = tokens;
        _endId = tokens.EndIds[0];
        _vocabulary = vocabulary;
        _beams = settings.NumBeams;
        _startLength = startIds.Length;

        // As many ended candidates may come first as there are closing tokens, and all beams still run on.
        int candidates = Math.Max(2, 1 + tokens.EndIds.Count) * _beams;
        _candidates = new TopCandidates(candidates);
        _ends = new bool[candidates];
        _normalizers = new double[_beams];
        _scores = new float[vocabulary];
        _next = new int[_beams];
        _parents = new int[_beams];
        _running = new BeamSet(_beams, startIds, settings.MaxNewTokens);
        _runningNext = new BeamSet(_beams, startIds, settings.MaxNewTokens);
        _finished = new BeamSet(_beams, startIds, settings.MaxNewTokens);
        _finishedNext = new BeamSet(_beams, startIds, settings.MaxNewTokens);
        _running.Scores.AsSpan(1).Fill(Excluded);
        _finished.Scores.AsSpan().Fill(float.NegativeInfinity);
    }

    /// <inheritdoc/>
    public override int Rows => _beams;

    /// <inheritdoc/>
    public override bool IsFinished => _done;

    /// <inheritdoc/>
    public override ReadOnlySpan<int> NextTokens => _next;

    /// <inheritdoc/>
    public override ReadOnlySpan<int> Parents => _parents;

    /// <inheritdoc/>
    public override void Advance(Span<float> logits)
    {
        FindCandidates(logits);
        for (int i = 0; i < _candidates.Count; i++)
        {
            _ends[i] = _tokens.Ends(_candidates.Tokens[i]) || _newTokens + 1 == _settings.MaxNewTokens;
        }

        ContinueRunning(logits);
        UpdateFinished(logits);
        (_running, _runningNext) = (_runningNext, _running);
        (_finished, _finishedNext) = (_finishedNext, _finished);
        _newTokens++;
        _done =
            !CanImprove()
            || (_settings.EarlyStopping == EarlyStopping.WhenFull && AllFinished())
            || !_ends.AsSpan(0, _candidates.Count).Contains(false);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<GeneratedSequence> GetResults()
    {
        if (!_done)
        {
            throw new InvalidOperationException("The search is not finished.");
        }

        var results = new List<GeneratedSequence>(_settings.NumReturnSequences);
        for (int i = 0; i < _settings.NumReturnSequences && _finished.IsFinished[i]; i++)
        {
            int length = _finished.Lengths[i];
            bool closed = _tokens.Ends(_finished.Ids[i][_startLength + length - 1]);
            results.Add(
                new GeneratedSequence(
                    _finished.Ids[i][_startLength..(_startLength + length - (closed ? 1 : 0))],
                    _finished.LogProbabilities[i][..length],
                    _finished.Scores[i],
                    closed ? FinishReason.Stop : FinishReason.Length
                )
            );
        }

        return results;
    }

    /// <summary>
    /// Finds the best continuations of all beams. Before the first token all beams are equal, so one row stands for all.
    /// </summary>
    private void FindCandidates(ReadOnlySpan<float> logits)
    {
        _candidates.Clear();
        for (int beam = 0; beam < _beams; beam++)
        {
            if (beam == 0 || _newTokens > 0)
            {
                var row = Row(logits, beam);
                _normalizers[beam] = RowMath.LogSumExp(row);
                TensorPrimitives.Subtract(row, (float)_normalizers[beam], _scores);
                _processing.Apply(_scores, _running.Ids[beam].AsSpan(0, _startLength + _newTokens), _newTokens);
            }

            _candidates.Offer(_scores, _running.Scores[beam], beam);
        }

        for (int beam = 0; beam < _beams && _candidates.Count < _beams; beam++)
        {
            // If every token is ruled out, the caption ends.
            _candidates.Offer(_running.Scores[beam] + Excluded, beam, _endId);
        }
    }

    private ReadOnlySpan<float> Row(ReadOnlySpan<float> logits, int beam) =>
        logits.Slice(_newTokens == 0 ? 0 : beam * _vocabulary, _vocabulary);

    private void ContinueRunning(ReadOnlySpan<float> logits)
    {
        int beam = 0;
        for (int i = 0; i < _candidates.Count && beam < _beams; i++)
        {
            if (!_ends[i])
            {
                Continue(logits, i, _candidates.Scores[i], beam++);
            }
        }

        // At the maximum length every candidate ends. The best one still decides whether the search could improve.
        for (int i = 0; i < _candidates.Count && beam < _beams; i++)
        {
            if (_ends[i])
            {
                Continue(logits, i, _candidates.Scores[i] + Excluded, beam++);
            }
        }

        // There are fewer possible tokens than beams. The remaining places can never win.
        for (; beam < _beams; beam++)
        {
            _runningNext.CopyFrom(_running, 0, beam, _startLength, _newTokens);
            _runningNext.Append(beam, _startLength, _newTokens, _endId, 0);
            _runningNext.Scores[beam] = float.NegativeInfinity;
            _next[beam] = _endId;
            _parents[beam] = 0;
        }
    }

    private void Continue(ReadOnlySpan<float> logits, int candidate, float score, int beam)
    {
        int parent = _candidates.Rows[candidate];
        int token = _candidates.Tokens[candidate];
        _runningNext.CopyFrom(_running, parent, beam, _startLength, _newTokens);
        _runningNext.Append(beam, _startLength, _newTokens, token, RawLogProbability(logits, parent, token));
        _runningNext.Scores[beam] = score;
        _next[beam] = token;
        _parents[beam] = _newTokens == 0 ? 0 : parent;
    }

    private float RawLogProbability(ReadOnlySpan<float> logits, int beam, int token) =>
        RowMath.LogProbability(Row(logits, beam)[token], _normalizers[_newTokens == 0 ? 0 : beam]);

    /// <summary>
    /// Merges what has just ended among the first num_beams candidates into the finished ones. The best are kept, earlier ones
    /// first on a tie.
    /// </summary>
    private void UpdateFinished(ReadOnlySpan<float> logits)
    {
        float divisor = LengthDivisor(_newTokens + 1);
        bool closed = _settings.EarlyStopping == EarlyStopping.WhenFull && AllFinished();
        int old = 0;
        int candidate = NextEnded(0, closed);
        for (int place = 0; place < _beams; place++)
        {
            float score = candidate < _beams ? _candidates.Scores[candidate] / divisor : float.NegativeInfinity;
            if (score > _finished.Scores[old])
            {
                int parent = _candidates.Rows[candidate];
                int token = _candidates.Tokens[candidate];
                _finishedNext.CopyFrom(_running, parent, place, _startLength, _newTokens);
                _finishedNext.Append(place, _startLength, _newTokens, token, RawLogProbability(logits, parent, token));
                _finishedNext.Scores[place] = score;
                _finishedNext.Lengths[place] = _newTokens + 1;
                _finishedNext.IsFinished[place] = true;
                candidate = NextEnded(candidate + 1, closed);
            }
            else
            {
                int length = _finished.Lengths[old];
                _finishedNext.CopyFrom(_finished, old, place, _startLength, length);
                _finishedNext.Scores[place] = _finished.Scores[old];
                _finishedNext.Lengths[place] = length;
                _finishedNext.IsFinished[place] = _finished.IsFinished[old];
                old++;
            }
        }
    }

    private int NextEnded(int from, bool closed)
    {
        int most = Math.Min(_beams, _candidates.Count);
        while (from < most && (closed || !_ends[from]))
        {
            from++;
        }

        return from < most ? from : _beams;
    }

    /// <summary>Could the best running beam still get in among the finished ones?</summary>
    private bool CanImprove()
    {
        int length = _settings.EarlyStopping == EarlyStopping.Never && _settings.LengthPenalty > 0 ? _settings.MaxNewTokens : _newTokens;
        float best = _running.Scores[0] / LengthDivisor(length);
        // A strongly negative length penalty pushes scores beyond what the reference subtracts to exclude. So the score before
        // the division tells whether a beam is excluded.
        return AllFinished() ? best > _finished.Scores[_beams - 1] : best > Excluded || _running.Scores[0] > Excluded / 2;
    }

    private bool AllFinished() => !_finished.IsFinished.AsSpan().Contains(false);

    private float LengthDivisor(int length) => (float)Math.Pow(length, _settings.LengthPenalty);
}
