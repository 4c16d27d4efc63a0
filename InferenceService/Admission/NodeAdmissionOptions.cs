using ImageToText.ServiceDefaults.Validation;

namespace ImageToText.InferenceService.Admission;

/// <summary>How many requests a node admits: <c>Inference:Admission</c>.</summary>
public sealed class NodeAdmissionOptions
{
    /// <summary>The configuration section of these options.</summary>
    public const string Section = "Inference:Admission";

    /// <summary>The most caption requests in hand at once, uploads included; further ones are told to try again.</summary>
    [AtLeast(1)]
    public int MaxRequests { get; set; } = 256;

    /// <summary>
    /// The time from a request's last byte to its caption that 99 of 100 admitted requests should meet. Requests that would miss
    /// it, by the node's own measurements, are told at once to try again. Null: as many are admitted as there is room for.
    /// </summary>
    [AtLeast("00:00:00", Exclusive = true, ErrorMessage = "give a time span of more than zero, such as 00:00:05, or nothing for none.")]
    public TimeSpan? LatencyTarget { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long captions under way may take to finish once the node is told to stop; after that they are cut off.
    /// </summary>
    [AtLeast("00:00:00", ErrorMessage = "give a time span of zero or more, such as 00:00:30.")]
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(30);
}
