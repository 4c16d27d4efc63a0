using ImageToText.Captioning.Execution;
using ImageToText.Captioning.Generation;
using ImageToText.Captioning.ModelFiles;
using ImageToText.Captioning.Preprocessing;
using ImageToText.Captioning.Weights;

namespace ImageToText.Captioning.Architectures.Florence2;

/// <summary>
/// Florence-2 (Xiao et al. 2023): Microsoft's checkpoints, which come with their own code, and those converted to transformers'
/// Florence2ForConditionalGeneration.
/// </summary>
internal sealed class Florence2Architecture : IArchitecture
{
    // The image processor states it; config.json does not.
    private const int UsualSize = 768;

    /// <inheritdoc/>
    public ModelFamily Family { get; } =
        new()
        {
            Name = "Florence-2",
            ModelTypes = ["florence2"],
            Example = "microsoft/Florence-2-base or florence-community/Florence-2-large",
            Files =
            [
                FamilyFiles.Pictures,
                FamilyFiles.Generation,
                FamilyFiles.Splitting,
                FamilyFiles.Vocabulary("tokenizer.json", "vocab.json"),
                FamilyFiles.Merges,
            ],
        };

    /// <inheritdoc/>
    public ExecutionPlan Check(ModelJson config) => Plan(config, (UsualSize, UsualSize), holds: null);

    /// <inheritdoc/>
    public PromptHandling PromptUseOf(ModelJson config) => PromptHandling.Tasks;

    /// <inheritdoc/>
    public ModelPlan Read(string folder, ModelJson config)
    {
        var checkpoint = Checkpoint.Open(folder).Renamed(Florence2Names.Table);
        if (checkpoint.Find(Florence2Text.OutputBias) is { Shape: [1, var count] } bias)
        {
            checkpoint = checkpoint.With([bias with { Shape = [count] }], []);
        }

        var preparation = PicturePreparation.Read(folder, ImageProcessors.All);
        var plan = Plan(config, (preparation.Size.Height, preparation.Size.Width), checkpoint.Contains);
        return new ModelPlan
        {
            Checkpoint = checkpoint,
            Execution = plan,
            Preparation = preparation,
            LoadTokenizer = () => PlaceTokens.Load(folder),
            PromptUse = PromptUseOf(config),
            HasLengths = true,
            Prompts = new Florence2Prompt(plan.Vision.Tokens, plan.Attended.Count),
            Generation = GenerationConfig.Read(folder),
            Tokens = GenerationTokens.Read(folder).Require(plan.VocabularySize),
        };
    }

    // If there is no checkpoint yet, the spelling of config.json reveals the layout.
    private static CrossAttendingPlan Plan(ModelJson config, (int Height, int Width) size, Func<string, bool>? holds)
    {
        var section = config.Object("vision_config");
        bool microsofts = section.Has("dim_embed");
        bool inputsFirst = holds?.Invoke(Florence2Vision.Projection) ?? microsofts;
        var vision = Florence2Vision.Read(section, size, inputsFirst);
        var (reader, decoder) = Florence2Text.Read(
            config.Object("text_config"),
            holds ?? (name => microsofts && name == Florence2Text.OutputBias)
        );
        // The picture's size determines the number of tokens.
        if (vision.OutputSize != reader.HiddenSize || (holds is not null && vision.Tokens >= reader.MaxPositions))
        {
            throw new ModelFormatException(
                $"config.json: the picture gives {vision.Tokens} tokens of width {vision.OutputSize}, but text_config has "
                    + $"{reader.MaxPositions} positions of width {reader.HiddenSize}."
            );
        }

        return new CrossAttendingPlan(vision, decoder) { Reader = reader };
    }
}
