using ImageToText.Captioning.Execution;
using ImageToText.Captioning.Generation;
using ImageToText.Captioning.Preprocessing;
using ImageToText.Captioning.Tokenization;
using ImageToText.Captioning.Weights;

namespace ImageToText.Captioning.Architectures;

/// <summary>A model folder, read and checked: everything needed to load and serve it.</summary>
internal sealed record ModelPlan
{
    /// <summary>The tensors.</summary>
    public required Checkpoint Checkpoint { get; init; }

    /// <summary>How to run them.</summary>
    public required ExecutionPlan Execution { get; init; }

    /// <summary>Turns pictures into numbers.</summary>
    public required PicturePreparation Preparation { get; init; }

    /// <summary>Reads the tokenizer.</summary>
    public required Func<ITokenizer> LoadTokenizer { get; init; }

    /// <summary>What the model does with a prompt.</summary>
    public required PromptHandling PromptUse { get; init; }

    /// <summary>Whether the caller can choose how much the model says (<see cref="CaptionOptions.Length"/>).</summary>
    public bool HasLengths { get; init; }

    /// <summary>How a caller's words reach the model.</summary>
    public PromptForm Prompts { get; init; } = PromptForm.Continued;

    /// <summary>The folder's generation settings.</summary>
    public required GenerationConfig Generation { get; init; }

    /// <summary>Words that the family is known to write by mistake.</summary>
    public DefectSpellings Defects { get; init; } = DefectSpellings.None;

    /// <summary>The token that starts every text, and those that end it.</summary>
    public required GenerationTokens Tokens { get; init; }
}
