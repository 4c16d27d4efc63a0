using ImageToText.Captioning.Architectures;
using ImageToText.Captioning.Execution;
using ImageToText.Captioning.Generation;
using ImageToText.Captioning.ModelFiles;

namespace ImageToText.Captioning.Loading;

/// <summary>What a loaded model refuses before it computes: options of no use to it, and requests that it has no room for.</summary>
/// <exception cref="CaptionOptionException">Each method's refusal.</exception>
internal sealed class RequestChecks(ModelPlan plan, LoadedModel model, IBatchModel batch)
{
    /// <summary>Refuses options that mean nothing to the model.</summary>
    public void RefuseUseless(CaptionOptions options)
    {
        if (plan.PromptUse is PromptHandling.None && !string.IsNullOrWhiteSpace(options.Prompt))
        {
            throw new CaptionOptionException(
                "prompt",
                $"{model.Id} takes no prompt: it reads the picture and nothing else. Leave prompt out."
            );
        }

        if (options.Length is not null && !plan.HasLengths)
        {
            throw new CaptionOptionException(
                GenerationLimits.CaptionLength.Name,
                $"{model.Id} has captions of one length only. Leave caption_length out; max_new_tokens sets a limit."
            );
        }

        if (!string.IsNullOrWhiteSpace(options.Language) && !ModelCard.Names(model.Languages, options.Language))
        {
            throw new CaptionOptionException(
                GenerationLimits.Language.Name,
                model.Languages.Count == 0
                    ? $"Nothing says which languages {model.Id} writes. Leave language out."
                    : $"{model.Id} writes these languages: {string.Join(", ", model.Languages)}. Leave language out, or use another model."
            );
        }
    }

    /// <summary>
    /// Refuses a prompt that leaves no room for an answer where the picture takes places of the text; elsewhere the prompt alone fills
    /// them.
    /// </summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="read">The tokens that the model reads beside the picture.</param>
    /// <param name="positions">The tokens that it can read and write beside the picture.</param>
    public static void RefuseBeyondContext(FormedPrompt prompt, int read, int positions)
    {
        if (prompt.PictureIds == 0 || read < positions)
        {
            return;
        }

        int longest = prompt.CallersIds - (read - positions) - 1;
        throw new CaptionOptionException(
            "prompt",
            $"The prompt takes {prompt.CallersIds} tokens. Beside the picture's {prompt.PictureIds} the model has room for "
                + (longest > 0 ? $"{longest}. Shorten it." : "none. Use fewer tiles, or a model with more positions.")
        );
    }

    /// <summary>Refuses sequences whose keys and values never fit.</summary>
    public void RefuseBeyondMemory(RequestMemory memory)
    {
        if (batch.HasMemoryFor([memory]))
        {
            return;
        }

        string option = memory.Rows > 1 ? "num_beams" : "max_new_tokens";
        throw new CaptionOptionException(
            option,
            $"{memory.Rows} sequence(s) of up to {memory.TextPositions} tokens need more memory than this model has for keys and "
                + $"values. Ask for "
                + $"{(memory.Rows > 1 ? "fewer beams or sequences, or for a lower max_new_tokens" : "a lower max_new_tokens")}."
        );
    }
}
