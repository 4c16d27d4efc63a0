using ImageToText.Captioning.Execution;
using ImageToText.Captioning.Generation;
using ImageToText.Captioning.ModelFiles;
using ImageToText.Captioning.Preprocessing;
using ImageToText.Captioning.Tokenization;
using ImageToText.Captioning.Weights;

namespace ImageToText.Captioning.Architectures.Git;

/// <summary>
/// GIT (Wang et al. 2022; transformers' GitForCausalLM): CLIP's vision transformer in front of a BERT that reads the picture as text.
/// </summary>
internal sealed class GitArchitecture : IArchitecture
{
    private const string Captioning = "GitForCausalLM";

    /// <inheritdoc/>
    public ModelFamily Family { get; } =
        new()
        {
            Name = "GIT",
            ModelTypes = ["git"],
            Example = "microsoft/git-base-coco",
            Files =
            [
                FamilyFiles.Pictures,
                FamilyFiles.Generation,
                FamilyFiles.Splitting,
                FamilyFiles.Vocabulary("vocab.txt", "tokenizer.json"),
            ],
        };

    /// <inheritdoc/>
    public ExecutionPlan Check(ModelJson config) => Plan(config);

    /// <inheritdoc/>
    public PromptHandling PromptUseOf(ModelJson config) => PromptHandling.Continues;

    /// <inheritdoc/>
    public ModelPlan Read(string folder, ModelJson config)
    {
        var plan = Plan(config);
        return new ModelPlan
        {
            Checkpoint = Checkpoint.Open(folder).Renamed(TensorSpellings.Bert("git")),
            Execution = plan,
            Preparation = PicturePreparation
                .Read(folder, ImageProcessors.All)
                .RequireSize("vision_config image_size", plan.ImageWidth, plan.ImageHeight),
            LoadTokenizer = () => CaptionTokenizer.Load(folder),
            Generation = GenerationConfig.Read(folder),
            PromptUse = PromptUseOf(config),
            Tokens = GenerationTokens.Read(folder).Require(plan.VocabularySize),
        };
    }

    private static PrefixPlan Plan(ModelJson config)
    {
        DeclaredArchitecture.Require(config, Captioning, "such as in microsoft/git-base-coco");

        if (config.OptionalInt("num_image_with_embedding") is { } frames)
        {
            throw new ModelFormatException(
                $"config.json: num_image_with_embedding is {frames}: the model takes videos of {frames} frames. Models for single pictures "
                    + "are supported, such as microsoft/git-base-coco."
            );
        }

        var decoder = GitText.Read(config);
        var vision = GitVision.Read(config.ObjectOrEmpty("vision_config"), decoder.HiddenSize);
        return new PrefixPlan(vision, decoder);
    }
}
