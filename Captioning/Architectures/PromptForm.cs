using ImageToText.Captioning.Preprocessing;
using ImageToText.Captioning.Tokenization;

namespace ImageToText.Captioning.Architectures;

/// <summary>How a family turns a caller's words into what its models read. Safe to use from many threads.</summary>
internal abstract class PromptForm
{
    /// <summary>Captions continue the caller's words.</summary>
    public static PromptForm Continued { get; } = new ContinuedPrompt();

    /// <summary>Forms a request's prompt.</summary>
    /// <param name="options">The request.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="views">How the picture is seen.</param>
    /// <exception cref="CaptionOptionException">The model can't do anything with the request's words.</exception>
    public abstract FormedPrompt Form(CaptionOptions options, ITokenizer tokenizer, ViewGrid views);

    private sealed class ContinuedPrompt : PromptForm
    {
        public override FormedPrompt Form(CaptionOptions options, ITokenizer tokenizer, ViewGrid views) =>
            new() { TextIds = string.IsNullOrWhiteSpace(options.Prompt) ? [] : tokenizer.Encode(options.Prompt) };
    }
}

/// <summary>A prompt in the form in which a model reads it.</summary>
internal sealed record FormedPrompt
{
    /// <summary>The ids of the text that the picture stands in, up to its end, one for each of its tokens; empty: none.</summary>
    public int[] PrefixIds { get; init; } = [];

    /// <summary>How many of them are the picture's.</summary>
    public int PictureIds { get; init; }

    /// <summary>How the text begins, after the start id.</summary>
    public int[] TextIds { get; init; } = [];

    /// <summary>How many ids the caller's words take.</summary>
    public int CallersIds
    {
        get => field == 0 ? TextIds.Length : field;
        init;
    }

    /// <summary>Whether the text begins with an id of its own, and not with the model's start id.</summary>
    public bool HasOwnStart { get; init; }

    /// <summary>Whether people read the text's beginning as that of the caption.</summary>
    public bool IsContinued { get; init; } = true;

    /// <summary>What a text encoder reads together with the picture.</summary>
    public int[] EncoderIds { get; init; } = [];

    /// <summary>The most tokens to generate if neither request nor folder says; null: as for every model.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>What tells this prompt's answers from those of another with the same ids; empty: nothing does.</summary>
    public string AnswerForm { get; init; } = "";

    /// <summary>Begins the text that people read of an answer, from a tokenizer.</summary>
    public Func<ITokenizer, AnswerText> StartAnswer { get; init; } = static tokenizer => new PlainAnswer(tokenizer);
}
