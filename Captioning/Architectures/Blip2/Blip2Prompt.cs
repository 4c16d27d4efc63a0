using ImageToText.Captioning.Preprocessing;
using ImageToText.Captioning.Tokenization;

namespace ImageToText.Captioning.Architectures.Blip2;

/// <summary>BLIP-2's prompts: the picture's ids, followed by the text that the caption continues.</summary>
/// <param name="pictureId">The id that stands for each of the picture's tokens.</param>
/// <param name="pictureTokens">The picture's tokens.</param>
internal sealed class Blip2Prompt(int pictureId, int pictureTokens) : PromptForm
{
    private readonly int[] _picture = [.. Enumerable.Repeat(pictureId, pictureTokens)];

    /// <inheritdoc/>
    public override FormedPrompt Form(CaptionOptions options, ITokenizer tokenizer, ViewGrid views) =>
        Continued.Form(options, tokenizer, views) with
        {
            PrefixIds = _picture,
            PictureIds = _picture.Length,
        };
}
