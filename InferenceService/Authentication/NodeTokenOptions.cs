namespace ImageToText.InferenceService.Authentication;

/// <summary>
/// The token that a node's callers must send; configuration section <c>Inference</c>. Changes take effect without a restart.
/// </summary>
public sealed class NodeTokenOptions
{
    /// <summary>The configuration section these options are read from.</summary>
    public const string Section = "Inference";

    /// <summary>
    /// The token; null: that in <c>AUTH_TOKEN</c>, as for Livepeer's AI runner. If it is empty, or there is neither, everyone may call.
    /// </summary>
    public string? AuthToken { get; set; }

    /// <summary>The token before this one, accepted too while callers change over.</summary>
    public string? PreviousAuthToken { get; set; }
}
