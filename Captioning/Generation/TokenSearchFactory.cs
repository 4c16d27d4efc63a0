namespace ImageToText.Captioning.Generation;

/// <summary>Makes the searches of one model.</summary>
/// <param name="closingId">The token that closes a caption: BLIP's sep_token_id.</param>
/// <param name="vocabulary">Tokens of the model's output.</param>
/// <param name="defectWords">The words kept from being generated where a request does not say otherwise.</param>
/// <param name="newSeed">Seeds for sampled captions that give none; null: different each time.</param>
internal sealed class TokenSearchFactory(int closingId, int vocabulary, DefectWords defectWords, Func<long>? newSeed = null)
{
    /// <summary>The search that <paramref name="settings"/> asks for.</summary>
    /// <param name="settings">The resolved settings.</param>
    /// <param name="startIds">The start token and the prompt's pieces.</param>
    public TokenSearch Create(GenerationSettings settings, ReadOnlySpan<int> startIds)
    {
        var processing = new LogitsProcessing(settings, defectWords, closingId);
        return settings switch
        {
            { DoSample: true } => new SamplingSearch(
                settings, processing, closingId, vocabulary, startIds, settings.Seed ?? newSeed?.Invoke() ?? Random.Shared.NextInt64()),
            { NumBeams: > 1 } => new BeamSearch(settings, processing, closingId, vocabulary, startIds),
            _ => new GreedySearch(settings, processing, closingId, vocabulary, startIds),
        };
    }
}
