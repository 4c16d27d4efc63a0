using ImageToText.Captioning.Execution;
using ImageToText.Captioning.ModelFiles;

namespace ImageToText.Captioning.Architectures.Blip;

/// <summary>BLIP captioning models (Li et al. 2022; transformers' BlipForConditionalGeneration).</summary>
internal sealed class BlipArchitecture : IArchitecture
{
    private const string Captioning = "BlipForConditionalGeneration";

    /// <inheritdoc/>
    public ModelFamily Family { get; } =
        new()
        {
            Name = "BLIP",
            ModelTypes = ["blip"],
            Example = "Salesforce/blip-image-captioning-large",
            Files = BlipFolder.Files,
        };

    /// <inheritdoc/>
    public ExecutionPlan Check(ModelJson config) => Plan(config, static _ => false);

    /// <inheritdoc/>
    public PromptHandling PromptUseOf(ModelJson config) => PromptHandling.Continues;

    /// <inheritdoc/>
    public ModelPlan Read(string folder, ModelJson config) => BlipFolder.Read(folder, config, holds => Plan(config, holds));

    private CrossAttendingPlan Plan(ModelJson config, Func<string, bool> holds)
    {
        // Other models of this type answer questions or match texts, with other weights.
        DeclaredArchitecture.Require(config, Captioning, $"such as {Family.Example}");
        var vision = BlipVision.Read(config.Object("vision_config"));
        return new CrossAttendingPlan(vision, BlipText.Read(config, vision, holds));
    }
}
