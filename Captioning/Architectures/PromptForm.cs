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
    /// <param name="views">The picture's views.</param>
    /// <exception cref="CaptionOptionException">The model can't do anything with the request's words.</exception>
    public abstract FormedPrompt Form(CaptionOptions options, ITokenizer tokenizer, ViewGrid views);

    private sealed class ContinuedPrompt : PromptForm
    {
        public override FormedPrompt Form(CaptionOptions options, ITokenizer tokenizer, ViewGrid views)
        {
            if (string.IsNullOrWhiteSpace(options.Prompt))
            {
                return new FormedPrompt();
            }

            int[] ids = tokenizer.Encode(options.Prompt);
            string typed = options.Prompt.Trim();
            return HasSameLetters(tokenizer.Decode(ids), typed)
                ? new FormedPrompt { TextIds = ids }
                : new FormedPrompt
                {
                    TextIds = ids,
                    Typed = typed,
                    AnswerForm = typed,
                };
        }

        // The reference shows what it has read, whose case and spaces may be others than those that were typed.
        private static bool HasSameLetters(string read, string typed) =>
            WithoutSpaces(read).Equals(WithoutSpaces(typed), StringComparison.OrdinalIgnoreCase);

        private static string WithoutSpaces(string text) => string.Concat(text.Where(static letter => !char.IsWhiteSpace(letter)));
    }
}

/// <summary>A prompt in the form that a model reads.</summary>
internal sealed record FormedPrompt
{
    /// <summary>The ids of the text that the picture stands in, up to its end, one for each of its tokens; empty: none.</summary>
    public int[] PrefixIds { get; init; } = [];

    /// <summary>The number of them that belong to the picture.</summary>
    public int PictureIds { get; init; }

    /// <summary>The start of the text, after the start id.</summary>
    public int[] TextIds { get; init; } = [];

    /// <summary>The number of ids that the caller's words take.</summary>
    public int CallersIds
    {
        get => field == 0 ? TextIds.Length : field;
        init;
    }

    /// <summary>Whether the text begins with its own id instead of the model's start id.</summary>
    public bool HasOwnStart { get; init; }

    /// <summary>
    /// The caller's text as it was typed, which is shown because the vocabulary lacks some of its letters; null: what was read of it
    /// is shown.
    /// </summary>
    public string? Typed { get; init; }

    /// <summary>Whether the start of the text is shown as part of the caption.</summary>
    public bool IsContinued { get; init; } = true;

    /// <summary>What a text encoder reads together with the picture.</summary>
    public int[] EncoderIds { get; init; } = [];

    /// <summary>The maximum number of tokens to generate if neither request nor folder sets one; null: the general default.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>What distinguishes this prompt's answers from those of another prompt with the same ids; empty: nothing does.</summary>
    public string AnswerForm { get; init; } = "";

    /// <summary>Starts turning an answer into text for people, with a tokenizer.</summary>
    public Func<ITokenizer, AnswerText> StartAnswer { get; init; } = static tokenizer => new PlainAnswer(tokenizer);
}
