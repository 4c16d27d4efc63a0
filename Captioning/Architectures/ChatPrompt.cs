using System.Text;
using ImageToText.Captioning.Preprocessing;
using ImageToText.Captioning.Tokenization;

namespace ImageToText.Captioning.Architectures;

/// <summary>One turn of a conversation: the picture, what the caller says about it, and the start of the answer.</summary>
/// <param name="marks">How the family marks turns and pictures.</param>
/// <param name="pictureId">The id that stands for each of the picture's tokens.</param>
/// <param name="tokensPerView">Tokens of each view.</param>
internal sealed class ChatPrompt(ChatMarks marks, int pictureId, int tokensPerView) : PromptForm
{
    /// <inheritdoc/>
    public override FormedPrompt Form(CaptionOptions options, ITokenizer tokenizer, ViewGrid views)
    {
        bool isAsked = !string.IsNullOrWhiteSpace(options.Prompt);
        if (isAsked && options.Length is { } length)
        {
            throw new CaptionOptionException(
                "caption_length",
                $"caption_length {length.ToString().ToLowerInvariant()} chooses what to ask the model, and so does "
                    + $"prompt. Send only one of them."
            );
        }

        int[] question = tokenizer.EncodePlain(isAsked ? options.Prompt! : marks.Question(options.Length));
        int[] prefix = tokenizer.EncodeMarked(marks.Opening + Picture(views));
        return new FormedPrompt
        {
            PrefixIds = prefix,
            PictureIds = prefix.AsSpan().Count(pictureId),
            TextIds = [.. tokenizer.EncodeMarked(marks.PictureEnd), .. question, .. tokenizer.EncodeMarked(marks.Closing)],
            CallersIds = question.Length,
            HasOwnStart = true,
            IsContinued = false,
        };
    }

    // Up to the last of the picture's own ids.
    private string Picture(ViewGrid views)
    {
        var text = new StringBuilder();
        string view = string.Concat(Enumerable.Repeat(marks.PictureToken, tokensPerView));
        for (int row = 1; row <= views.Rows; row++)
        {
            for (int column = 1; column <= views.Columns; column++)
            {
                text.Append(marks.TileStart(row, column)).Append(view);
            }

            text.Append('\n');
        }

        return text.Append(views.Rows > 0 ? "\n" : "").Append(marks.WholeStart).Append(view).ToString();
    }
}

/// <summary>How a family marks turns and pictures in a conversation.</summary>
internal abstract class ChatMarks
{
    /// <summary>The text before the picture.</summary>
    public abstract string Opening { get; }

    /// <summary>The placeholder for one of the picture's tokens.</summary>
    public abstract string PictureToken { get; }

    /// <summary>The text before the view of the whole picture.</summary>
    public abstract string WholeStart { get; }

    /// <summary>The text after the picture.</summary>
    public abstract string PictureEnd { get; }

    /// <summary>The text that ends the caller's turn and starts the answer.</summary>
    public abstract string Closing { get; }

    /// <summary>The text before a tile, counted from 1.</summary>
    public abstract string TileStart(int row, int column);

    /// <summary>The question to ask if the caller asks none.</summary>
    /// <param name="length">The requested length of the answer; null: up to the model.</param>
    public abstract string Question(CaptionLength? length);
}
