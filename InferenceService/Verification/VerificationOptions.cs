namespace ImageToText.InferenceService.Verification;

/// <summary>How a node verifies models that were asked for; configuration section <c>Inference:Verification</c>.</summary>
public sealed class VerificationOptions
{
    /// <summary>The configuration section these options are read from.</summary>
    public const string Section = "Inference:Verification";

    /// <summary>Whether this node takes on verifications; it must be registered with a pricing service.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>The pictures to caption; null: the folder <c>samples</c> beside the program.</summary>
    public string? SamplesFolder { get; set; }

    /// <summary>How often the node looks whether a model waits.</summary>
    public TimeSpan LookEvery { get; set; } = TimeSpan.FromSeconds(2);
}
