namespace ImageToText.InferenceService.Verification;

/// <summary>How a node verifies models on request: <c>Inference:Verification</c>.</summary>
public sealed class VerificationOptions
{
    /// <summary>The configuration section of these options.</summary>
    public const string Section = "Inference:Verification";

    /// <summary>Whether this node takes on verifications. It must be registered with a pricing service.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// The folder of pictures to caption, including its subfolders; null: the folder <c>samples</c> beside the program.
    /// </summary>
    public string? SamplesFolder { get; set; }

    /// <summary>
    /// Licences that forbid commercial use and are accepted here anyway, by the hub's ids, such as cc-by-nc-4.0.
    /// </summary>
    public IList<string> AcceptedLicences { get; } = [];

    /// <summary>How often the node checks whether a model is waiting.</summary>
    public TimeSpan LookEvery { get; set; } = TimeSpan.FromSeconds(2);
}
