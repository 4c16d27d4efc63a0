namespace ImageToText.Captioning.Generation;

/// <summary>One sequence of a search that never takes a token back.</summary>
internal sealed class SearchRow
{
    private readonly int[] _ids;
    private readonly float[] _logProbabilities;
    private readonly int _startLength;
    private readonly GenerationTokens _tokens;
    private bool _ended;

    public SearchRow(ReadOnlySpan<int> startIds, int maxNewTokens, GenerationTokens tokens)
    {
        _ids = new int[startIds.Length + maxNewTokens];
        startIds.CopyTo(_ids);
        _startLength = startIds.Length;
        _logProbabilities = new float[maxNewTokens];
        _tokens = tokens;
    }

    /// <summary>Generated tokens, without the closing one.</summary>
    public int NewTokens { get; private set; }

    /// <summary>Start ids and generated ids.</summary>
    public ReadOnlySpan<int> History => _ids.AsSpan(0, _startLength + NewTokens);

    public bool IsFinished => _ended || NewTokens == _logProbabilities.Length;

    /// <summary>The token added last; null if there is none, or if it ended the sequence.</summary>
    public GeneratedToken? LatestToken =>
        _ended || NewTokens == 0 ? null : new GeneratedToken(History[^1], _logProbabilities[NewTokens - 1]);

    /// <summary>Adds a token, or ends the sequence.</summary>
    public void Add(int token, float logProbability)
    {
        _logProbabilities[NewTokens] = logProbability;
        if (_tokens.Ends(token))
        {
            _ended = true;
        }
        else
        {
            _ids[_startLength + NewTokens++] = token;
        }
    }

    /// <exception cref="InvalidOperationException">The sequence is not finished.</exception>
    public GeneratedSequence ToSequence()
    {
        if (!IsFinished)
        {
            throw new InvalidOperationException("The search is not finished.");
        }

        float[] logProbabilities = _logProbabilities[..(NewTokens + (_ended ? 1 : 0))];
        double sum = 0;
        foreach (float logProbability in logProbabilities)
        {
            sum += logProbability;
        }

        return new GeneratedSequence(
            _ids[_startLength..(_startLength + NewTokens)],
            logProbabilities,
            sum / logProbabilities.Length,
            _ended ? FinishReason.Stop : FinishReason.Length
        );
    }
}
