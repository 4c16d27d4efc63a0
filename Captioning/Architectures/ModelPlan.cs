using ImageToText.Captioning.Execution;
using ImageToText.Captioning.Generation;
using ImageToText.Captioning.Preprocessing;
using ImageToText.Captioning.Tokenization;
using ImageToText.Captioning.Weights;

namespace ImageToText.Captioning.Architectures;

/// <summary>A model folder, read and checked: all that is needed to load and to serve it.</summary>
internal sealed record ModelPlan
{
    /// <summary>The tensors.</summary>
    public required Checkpoint Checkpoint { get; init; }

    /// <summary>How they are run.</summary>
    public required ExecutionPlan Execution { get; init; }

    /// <summary>Pictures to numbers.</summary>
    public required PicturePreparation Preparation { get; init; }

    /// <summary>Reads the tokenizer.</summary>
    public required Func<ITokenizer> LoadTokenizer { get; init; }

    /// <summary>What the model does with a prompt.</summary>
    public required PromptUse PromptUse { get; init; }

    /// <summary>Whether the model can be told how much to say (<see cref="CaptionOptions.Length"/>).</summary>
    public bool HasLengths { get; init; }

    /// <summary>What becomes of a caller's words.</summary>
    public PromptForm Prompts { get; init; } = PromptForm.Continued;

    /// <summary>What the folder asks of its captions.</summary>
    public required GenerationConfig Generation { get; init; }

    /// <summary>Words that the family is known to write, and should not.</summary>
    public DefectSpellings Defects { get; init; } = DefectSpellings.None;

    /// <summary>With which token every text starts, and which close it.</summary>
    public required GenerationTokens Tokens { get; init; }
}
