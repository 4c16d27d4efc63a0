using ImageToText.Captioning.Architectures;
using ImageToText.Captioning.Execution;
using ImageToText.Captioning.Generation;
using ImageToText.Captioning.Preprocessing;

namespace ImageToText.Captioning.Loading;

/// <summary>A request prepared for the model: options resolved, prompt in ids, search begun.</summary>
/// <param name="StartIds">The start id, and the prompt if the caption continues it.</param>
/// <param name="Prompt">The prompt.</param>
/// <param name="Search">The search for its sequences.</param>
/// <param name="Settings">The options, all resolved.</param>
/// <param name="CacheUse">Whether the caption cache is read and written.</param>
/// <param name="Memory">What it keeps while it runs, apart from its picture's name.</param>
internal sealed record PreparedRequest(
    int[] StartIds,
    FormedPrompt Prompt,
    TokenSearch Search,
    GenerationSettings Settings,
    PictureCacheUse CacheUse,
    RequestMemory Memory
)
{
    /// <summary>What was chosen of the picture's pixels, by which the caption cache knows it.</summary>
    public required PixelChoices Pixels { get; init; }

    /// <summary>Whether requests that don't yield go first.</summary>
    public bool Yields { get; init; }

    /// <summary>Start ids, prompt and options in one text, which is the same for the same caption of a picture.</summary>
    public string Canonical =>
        string.Join(' ', ((int[][])[StartIds, Prompt.PrefixIds, Prompt.EncoderIds]).Where(IsFirstOrFilled).Select(Joined))
        + $" {Prompt.AnswerForm} {Settings}";

    /// <summary>The ids of the text that the caption continues.</summary>
    public ReadOnlySpan<int> PromptIds => Prompt.IsContinued ? StartIds.AsSpan(1) : [];

    private bool IsFirstOrFilled(int[] ids) => ids == StartIds || ids.Length > 0;

    private static string Joined(int[] ids) => string.Join(',', ids);
}
