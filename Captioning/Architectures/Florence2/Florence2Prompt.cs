using System.Text.RegularExpressions;
using ImageToText.Captioning.Generation;
using ImageToText.Captioning.Preprocessing;
using ImageToText.Captioning.Tokenization;

namespace ImageToText.Captioning.Architectures.Florence2;

/// <summary>
/// Florence-2's prompts: a task's token with the task's input, or any text. The text encoder reads it as one sentence, and
/// none of it appears in the answer.
/// </summary>
/// <param name="pictureTokens">Tokens of a picture, which take up places in the text encoder.</param>
/// <param name="maxPositions">Places in the text encoder.</param>
internal sealed partial class Florence2Prompt(int pictureTokens, int maxPositions) : PromptForm
{
    /// <inheritdoc/>
    public override FormedPrompt Form(CaptionOptions options, ITokenizer tokenizer, ViewGrid views)
    {
        string prompt = options.Prompt?.Trim() ?? "";
        if (prompt.Length > 0 && options.Length is not null)
        {
            throw new CaptionOptionException(
                GenerationLimits.CaptionLength.Name,
                "caption_length and prompt both choose the task. Leave one of them out."
            );
        }

        var (task, input) = prompt.Length == 0 ? (Florence2Task.Of(options.Length), "") : FindTask(prompt, tokenizer);
        int[] ids = [.. tokenizer.Opening, .. Encode(task, input, tokenizer), .. tokenizer.Closing];
        int room = maxPositions - pictureTokens;
        if (ids.Length > room)
        {
            throw new CaptionOptionException(
                "prompt",
                $"The prompt takes {ids.Length} tokens, and {room} fit beside the picture's {pictureTokens}. Shorten it."
            );
        }

        return task is null
            ? new FormedPrompt { EncoderIds = ids }
            : new FormedPrompt
            {
                EncoderIds = ids,
                MaxNewTokens = task.MaxNewTokens,
                AnswerForm = task.Regions?.ToString() ?? "",
                StartAnswer = task.Regions is { } shape ? text => new RegionAnswer(text, shape) : static text => new PlainAnswer(text),
            };
    }

    // Null: no task, any text.
    private static (Florence2Task? Task, string Input) FindTask(string prompt, ITokenizer tokenizer)
    {
        foreach (var token in Tokens().EnumerateMatches(prompt))
        {
            string name = prompt.Substring(token.Index + 1, token.Length - 2).Trim();
            if (Florence2Task.Find(name) is { } task)
            {
                string input = prompt[(token.Index + token.Length)..].Trim();
                return token.Index == 0 ? (task, Check(task, input)) : throw Refused(task, $"must begin the prompt. {Rule(task)}");
            }

            // The vocabulary's control tokens are not tasks; here they are plain characters.
            if (token.Index == 0 && !tokenizer.TryGetId($"<{name}>", out _) && !tokenizer.TryGetId($"<{name.ToLowerInvariant()}>", out _))
            {
                throw new CaptionOptionException(
                    "prompt",
                    $"<{name}> is not a task of this model. Its tasks are "
                        + $"{string.Join(", ", Florence2Task.All.Select(static known => known.Token))}."
                );
            }
        }

        return (null, prompt);
    }

    private static string Check(Florence2Task task, string input) =>
        task.Input switch
        {
            Florence2Input.None when input.Length > 0 => throw Refused(task, "takes no other text. Leave the text out."),
            Florence2Input.Text when input.Length == 0 => throw Refused(task, $"needs a text. {Rule(task)}"),
            Florence2Input.Region => Region(task, input),
            _ => input,
        };

    private static string Region(Florence2Task task, string input)
    {
        if (!Region().IsMatch(input))
        {
            throw Refused(task, (input.Length == 0 ? "needs a region. " : "") + Rule(task));
        }

        var places = Place().Matches(input).Select(static match => int.Parse(match.Groups[1].ValueSpan, null));
        return string.Concat(places.Select(PlaceTokens.Name));
    }

    private static string Rule(Florence2Task task) =>
        task.Input switch
        {
            Florence2Input.Text => $"Write {task.Token} and then what to look for.",
            Florence2Input.Region =>
                $"Write {task.Token} and then four edges in thousandths of the picture: {task.Token}<loc_52><loc_332><loc_932><loc_774> "
                    + "means left 52, top 332, right 932, bottom 774, each from 0 to 999.",
            _ => $"Write {task.Token} and nothing else.",
        };

    private static CaptionOptionException Refused(Florence2Task task, string fault) => new("prompt", $"The task {task.Token} {fault}");

    // A caller's words never become control tokens. Four edges are not words: they are parsed and written again.
    private static int[] Encode(Florence2Task? task, string input, ITokenizer tokenizer)
    {
        string sentence = task is null ? input : task.Sentence.Replace("{0}", input, StringComparison.Ordinal);
        return task?.Input is Florence2Input.Region ? tokenizer.EncodeMarked(sentence) : tokenizer.Encode(sentence);
    }

    [GeneratedRegex(@"<\s*[A-Za-z][A-Za-z0-9_]*\s*>", RegexOptions.CultureInvariant)]
    private static partial Regex Tokens();

    [GeneratedRegex(@"^(\s*<loc_0*[0-9]{1,3}>){4}\s*$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Region();

    [GeneratedRegex(@"<loc_0*([0-9]{1,3})>", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Place();
}
