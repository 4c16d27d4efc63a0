namespace ImageToText.Captioning.Generation;

/// <summary>Makes the searches of one model.</summary>
internal sealed class TokenSearchFactory
{
    private readonly GenerationTokens _tokens;
    private readonly int _vocabulary;
    private readonly DefectWords _defects;
    private readonly Func<long>? _newSeed;

    /// <param name="tokens">Which tokens the checkpoint ends its texts with, forces and forbids; at least one ends them.</param>
    /// <param name="vocabulary">Tokens of the model's output.</param>
    /// <param name="defects">The words kept from being generated where a request does not say otherwise.</param>
    /// <param name="newSeed">Seeds for sampled captions that give none; null: different each time.</param>
    public TokenSearchFactory(GenerationTokens tokens, int vocabulary, DefectWords defects, Func<long>? newSeed = null)
    {
        ArgumentOutOfRangeException.ThrowIfZero(tokens.EndIds.Count);
        _tokens = tokens;
        _vocabulary = vocabulary;
        _defects = defects;
        _newSeed = newSeed;
    }

    /// <summary>The searches of a model whose texts one token closes, without further rules.</summary>
    public TokenSearchFactory(int endId, int vocabulary, DefectWords defects, Func<long>? newSeed = null)
        : this(GenerationTokens.EndedBy(endId), vocabulary, defects, newSeed) { }

    /// <summary>The search that <paramref name="settings"/> asks for.</summary>
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
