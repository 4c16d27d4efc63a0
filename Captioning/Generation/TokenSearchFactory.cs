namespace ImageToText.Captioning.Generation;

/// <summary>Creates the searches of one model.</summary>
internal sealed class TokenSearchFactory
{
    private readonly GenerationTokens _tokens;
    private readonly int _vocabulary;
    private readonly DefectWords _defects;
    private readonly Func<long>? _newSeed;

    /// <param name="tokens">
    /// The tokens with which the checkpoint ends its texts, and those it forces and forbids. At least one must end them.
    /// </param>
    /// <param name="vocabulary">Tokens of the model's output.</param>
    /// <param name="defects">The words to suppress unless a request says otherwise.</param>
    /// <param name="newSeed">Seeds for sampled captions without one; null: different each time.</param>
    public TokenSearchFactory(GenerationTokens tokens, int vocabulary, DefectWords defects, Func<long>? newSeed = null)
    {
        ArgumentOutOfRangeException.ThrowIfZero(tokens.EndIds.Count);
        _tokens = tokens;
        _vocabulary = vocabulary;
        _defects = defects;
        _newSeed = newSeed;
    }

    /// <summary>The searches of a model whose texts end with one token, without other rules.</summary>
    public TokenSearchFactory(int endId, int vocabulary, DefectWords defects, Func<long>? newSeed = null)
        : this(GenerationTokens.EndedBy(endId), vocabulary, defects, newSeed) { }

    /// <summary>Creates the search for <paramref name="settings"/>.</summary>
    /// <param name="settings">The resolved settings.</param>
    /// <param name="startIds">The start token and the prompt's pieces.</param>
    public TokenSearch Create(GenerationSettings settings, ReadOnlySpan<int> startIds)
    {
        var processing = new LogitsProcessing(settings, _tokens, _defects, startIds.Length);
        return settings switch
        {
            { DoSample: true } => new SamplingSearch(
                settings,
                processing,
                _tokens,
                _vocabulary,
                startIds,
                settings.Seed ?? _newSeed?.Invoke() ?? Random.Shared.NextInt64()
            ),
            { NumBeams: > 1 } => new BeamSearch(settings, processing, _tokens, _vocabulary, startIds),
            _ => new GreedySearch(settings, processing, _tokens, _vocabulary, startIds),
        };
    }
}
