using ImageToText.Captioning.Execution;
using ImageToText.Captioning.Generation;
using ImageToText.Captioning.ModelFiles;
using ImageToText.Captioning.Preprocessing;
using ImageToText.Captioning.Tokenization;
using ImageToText.Captioning.Weights;

namespace ImageToText.Captioning.Architectures.Blip2;

/// <summary>
/// BLIP-2 with OPT (Li et al. 2023; transformers' Blip2ForConditionalGeneration): BLIP's vision transformer, a Q-Former that queries its
/// output, and a language model that reads the results as the start of its text.
/// </summary>
internal sealed class Blip2Architecture : IArchitecture
{
    private const string Captioning = "Blip2ForConditionalGeneration";

    /// <inheritdoc/>
    public ModelFamily Family { get; } =
        new()
        {
            Name = "BLIP-2",
            ModelTypes = ["blip-2"],
            Example = "Salesforce/blip2-opt-2.7b",
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
    public ExecutionPlan Check(ModelJson config) => Plan(config, holds: null);

    /// <inheritdoc/>
    public PromptHandling PromptUseOf(ModelJson config) => PromptHandling.Continues;

    /// <inheritdoc/>
    public ModelPlan Read(string folder, ModelJson config)
    {
        var checkpoint = Checkpoint.Open(folder);
        var plan = Plan(config, checkpoint.Contains);
        return new ModelPlan
        {
            Checkpoint = checkpoint,
            Execution = plan,
            Preparation = PicturePreparation
                .Read(folder, ImageProcessors.All)
                .RequireSize("vision_config image_size", plan.ImageWidth, plan.ImageHeight),
            LoadTokenizer = () => CaptionTokenizer.Load(folder),
            PromptUse = PromptUseOf(config),
            Prompts = new Blip2Prompt(plan.PictureId!.Value, plan.Vision.Tokens),
            Generation = GenerationConfig.Read(folder),
            Tokens = GenerationTokens.Read(folder).Require(plan.VocabularySize),
        };
    }

    private static PrefixPlan Plan(ModelJson config, Func<string, bool>? holds)
    {
        DeclaredArchitecture.Require(config, Captioning, "such as Salesforce/blip2-opt-2.7b");

        var decoder = Blip2Text.Read(config.Object("text_config"), holds);
        var vision = Blip2Vision.Read(config.ObjectOrEmpty("vision_config"));
        var former = QFormer.Read(config, vision, decoder.HiddenSize);
        return new PrefixPlan(former, decoder) { PictureId = ReadPictureId(config) };
    }

    private static int ReadPictureId(ModelJson config) =>
        config.OptionalInt("image_token_index") ?? config.OptionalInt("image_token_id") ?? 50265;
}
