using ImageToText.Captioning.Execution;
using ImageToText.Captioning.ModelFiles;

namespace ImageToText.Captioning.Architectures;

/// <summary>One family of checkpoints: which they are, what they consist of, how they are read and run.</summary>
internal interface IArchitecture
{
    /// <summary>What people see of it: its name, its model_type values, the files it needs.</summary>
    ModelFamily Family { get; }

    /// <summary>Says how to run a model of the family, from its config.json alone.</summary>
    /// <exception cref="ModelFormatException">
    /// It can't run; the message says why and names the nearest model that can.
    /// </exception>
    ExecutionPlan Check(ModelJson config);

    /// <summary>What a model of the family that can be run does with a prompt, from its config.json alone.</summary>
    PromptUse PromptUseOf(ModelJson config);

    /// <summary>Reads a model folder of the family, without loading anything.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="config">Its config.json.</param>
    /// <exception cref="ModelFormatException">The folder can't be used.</exception>
    ModelPlan Read(string folder, ModelJson config);
}
