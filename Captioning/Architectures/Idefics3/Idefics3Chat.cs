using ImageToText.Captioning.ModelFiles;

namespace ImageToText.Captioning.Architectures.Idefics3;

/// <summary>The conversations of SmolVLM: one turn with a picture, as its chat template writes it.</summary>
internal sealed class Idefics3Chat : ChatMarks
{
    /// <summary>The end of every turn, and so of the answer.</summary>
    public const string TurnEnd = "<end_of_utterance>";

    private const string PictureBorder = "<fake_token_around_image>";

    // The templates of SmolVLM and of SmolVLM2, which also takes videos. For a picture, both write the same. Templates are programs; they
    // are recognized by their text and never run.
    private const string Head =
        "<|im_start|>{% for message in messages %}{{message['role'] | capitalize}}"
        + "{% if message['content'][0]['type'] == 'image' %}{{':'}}{% else %}{{': '}}{% endif %}"
        + "{% for line in message['content'] %}{% if line['type'] == 'text' %}{{line['text']}}"
        + "{% elif line['type'] == 'image' %}{{ '<image>' }}";

    private const string Films = "{% elif line['type'] == 'video' %}{{ '<video>' }}";

    private const string Tail =
        "{% endif %}{% endfor %}<end_of_utterance>\n{% endfor %}{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}";

    private static readonly string[] Known = [Head + Tail, Head + Films + Tail];

    /// <inheritdoc/>
    public override string Opening => "<|im_start|>User:";

    /// <inheritdoc/>
    public override string PictureToken => "<image>";

    /// <inheritdoc/>
    public override string WholeStart => $"{PictureBorder}<global-img>";

    /// <inheritdoc/>
    public override string PictureEnd => PictureBorder;

    /// <inheritdoc/>
    public override string Closing => $"{TurnEnd}\nAssistant:";

    /// <inheritdoc/>
    public override string TileStart(int row, int column) => $"{PictureBorder}<row_{row}_col_{column}>";

    /// <inheritdoc/>
    public override string Question(CaptionLength? length) =>
        length switch
        {
            CaptionLength.Short => "Describe this image in one short sentence.",
            CaptionLength.Long => "Describe this image in detail.",
            _ => "Can you describe this image?",
        };

    /// <summary>Refuses a folder whose chat template is unknown, rather than guess what it would write.</summary>
    /// <exception cref="ModelFormatException">The template is unknown or missing.</exception>
    public static void RequireKnownTemplate(string folder)
    {
        var (file, template) = ReadTemplate(folder);
        if (template is null)
        {
            throw new ModelFormatException(
                $"The model folder {Path.GetFileName(folder)} has no chat template, neither in chat_template.jinja nor "
                    + $"in chat_template.json, "
                    + "processor_config.json or tokenizer_config.json, so how to prompt the model is unknown."
            );
        }

        if (!Known.Contains(template.TrimEnd('\n'), StringComparer.Ordinal))
        {
            throw new ModelFormatException(
                $"{file}: this chat_template is unknown. Those of SmolVLM and SmolVLM2 are supported; a template is a program, "
                    + $"which is neither run nor "
                    + "guessed. Use a model with one of them, such as HuggingFaceTB/SmolVLM-256M-Instruct."
            );
        }
    }

    private static (string File, string? Template) ReadTemplate(string folder)
    {
        const string own = "chat_template.jinja";
        string path = Path.Combine(folder, own);
        if (File.Exists(path))
        {
            return (own, File.ReadAllText(path));
        }

        foreach (string file in (ReadOnlySpan<string>)["chat_template.json", "processor_config.json", "tokenizer_config.json"])
        {
            if (File.Exists(Path.Combine(folder, file)) && ModelJson.Read(folder, file).OptionalText("chat_template") is { } template)
            {
                return (file, template);
            }
        }

        return ("", null);
    }
}
