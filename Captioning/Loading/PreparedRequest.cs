using ImageToText.Captioning.Generation;

namespace ImageToText.Captioning.Loading;

/// <summary>A request made ready for the model: options resolved, prompt in ids, search begun.</summary>
/// <param name="StartIds">Start id and prompt.</param>
/// <param name="Search">The search for its sequences.</param>
/// <param name="Settings">The options, every one resolved.</param>
/// <param name="CacheUse">Whether known captions are asked for and told.</param>
internal sealed record PreparedRequest(int[] StartIds, TokenSearch Search, GenerationSettings Settings, PictureCacheUse CacheUse)
{
    /// <summary>Start ids and options in one text, the same for the same caption of a picture.</summary>
    public string Canonical => $"{string.Join(',', StartIds)} {Settings}";

    /// <summary>The prompt's ids.</summary>
    public ReadOnlySpan<int> PromptIds => StartIds.AsSpan(1);
}
