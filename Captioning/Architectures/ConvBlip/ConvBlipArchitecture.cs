using ImageToText.Captioning.Architectures.Blip;
using ImageToText.Captioning.Execution;
using ImageToText.Captioning.ModelFiles;

namespace ImageToText.Captioning.Architectures.ConvBlip;

/// <summary>The starter: a convolutional encoder in front of BLIP's text decoder (models/starter/README.md).</summary>
internal sealed class ConvBlipArchitecture : IArchitecture
{
    /// <inheritdoc/>
    public ModelFamily Family { get; } =
        new()
        {
            Name = "ConvBLIP",
            ModelTypes = ["conv_blip"],
            Example = "the starter",
            Files = BlipFolder.Files,
        };

    /// <inheritdoc/>
    public ExecutionPlan Check(ModelJson config) => Plan(config, static _ => false);

    /// <inheritdoc/>
    public PromptHandling PromptUseOf(ModelJson config) => PromptHandling.Continues;

    /// <inheritdoc/>
    public ModelPlan Read(string folder, ModelJson config) => BlipFolder.Read(folder, config, holds => Plan(config, holds));

    private static CrossAttendingPlan Plan(ModelJson config, Func<string, bool> holds)
    {
        var vision = ConvEncoder.Read(config.Object("vision_config"));
        return new CrossAttendingPlan(vision, BlipText.Read(config, vision, holds));
    }
}
