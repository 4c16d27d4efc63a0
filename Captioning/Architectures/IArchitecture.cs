using ImageToText.Captioning.Execution;
using ImageToText.Captioning.ModelFiles;

namespace ImageToText.Captioning.Architectures;

/// <summary>One family of checkpoints: which they are, what they consist of, how they are read and run.</summary>
internal interface IArchitecture
{
    /// <summary>What people are told of it: its name, its values of model_type, the files it wants.</summary>
    ModelFamily Family { get; }

    /// <summary>Says how a model of the family is run, from its config.json alone.</summary>
    /// <exception cref="ModelFormatException">It can't be; the message says why, and names the nearest that can.</exception>
    ExecutionPlan Check(ModelJson config);

    /// <summary>Reads a model folder of the family; nothing is loaded yet.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="config">Its config.json.</param>
    /// <exception cref="ModelFormatException">The folder can't be used.</exception>
    ModelPlan Read(string folder, ModelJson config);
}
