namespace ImageToText.Captioning.Generation;

/// <summary>Takes the likeliest token at every step.</summary>
internal sealed class GreedySearch : TokenSearch
{
    private readonly LogitsProcessing _processing;
    private readonly GenerationTokens _tokens;
    private readonly SearchRow _row;
    private readonly float[] _scores;
    private readonly int[] _next = new int[1];

    public GreedySearch(
        GenerationSettings settings,
        LogitsProcessing processing,
        GenerationTokens tokens,
        int vocabulary,
        ReadOnlySpan<int> startIds
    )
    {
        _processing = processing;
        _tokens = tokens;
        _row = new SearchRow(startIds, settings.MaxNewTokens, tokens);
        _scores = new float[vocabulary];
    }

    /// <inheritdoc/>
    public override int Rows => 1;

    /// <inheritdoc/>
    public override bool IsFinished => _row.IsFinished;

    /// <inheritdoc/>
    public override ReadOnlySpan<int> NextTokens => _next;

    /// <inheritdoc/>
    public override ReadOnlySpan<int> Parents => [0];

    /// <inheritdoc/>
    public override GeneratedToken? LatestToken => _row.LatestToken;

    /// <inheritdoc/>
    public override void Advance(Span<float> logits)
    {
        double normalizer = RowMath.LogSumExp(logits);
        logits.CopyTo(_scores);
        _processing.Apply(_scores, _row.History, _row.NewTokens);
        int best = RowMath.IndexOfMax(_scores);

        // If every token is ruled out, the caption ends.
        _next[0] = float.IsNegativeInfinity(_scores[best]) ? _tokens.EndIds[0] : best;
        _row.Add(_next[0], RowMath.LogProbability(logits[_next[0]], normalizer));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<GeneratedSequence> GetResults() => [_row.ToSequence()];
}
