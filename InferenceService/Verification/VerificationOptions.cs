namespace ImageToText.InferenceService.Verification;

/// <summary>How a node verifies models that were asked for; configuration section <c>Inference:Verification</c>.</summary>
public sealed class VerificationOptions
{
    /// <summary>The configuration section these options are read from.</summary>
    public const string Section = "Inference:Verification";

    /// <summary>Whether this node takes on verifications; it must be registered with a pricing service.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>The pictures to caption, those in folders below included; null: the folder <c>samples</c> beside the program.</summary>
    public string? SamplesFolder { get; set; }

    /// <summary>Licences (the hub's ids, such as cc-by-nc-4.0) that forbid commercial use and are accepted here all the same.</summary>
    public IList<string> AcceptedLicences { get; } = [];

    /// <summary>How often the node looks whether a model waits.</summary>
    public TimeSpan LookEvery { get; set; } = TimeSpan.FromSeconds(2);
}
