using ImageToText.Captioning.Execution;
using ImageToText.Captioning.ModelFiles;

namespace ImageToText.Captioning.Architectures;

/// <summary>One family of checkpoints: how to recognize, read and run them.</summary>
internal interface IArchitecture
{
    /// <summary>Its public description: its name, its model_type values, the files it needs.</summary>
    ModelFamily Family { get; }

    /// <summary>Plans how to run a model of the family, from its config.json alone.</summary>
    /// <exception cref="ModelFormatException">
    /// The model can't run; the message says why and names the nearest model that can.
    /// </exception>
    ExecutionPlan Check(ModelJson config);

    /// <summary>What a runnable model of the family does with a prompt, from its config.json alone.</summary>
    PromptHandling PromptUseOf(ModelJson config);

    /// <summary>Reads a model folder of the family, without loading anything.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="config">Its config.json.</param>
    /// <exception cref="ModelFormatException">The folder can't be used.</exception>
    ModelPlan Read(string folder, ModelJson config);
}
