using Microsoft.Extensions.Options;

namespace ImageToText.InferenceService.Admission;

/// <summary>How many requests a node admits: <c>Inference:Admission</c>.</summary>
public sealed class AdmissionOptions
{
    /// <summary>The configuration section of these options.</summary>
    public const string Section = "Inference:Admission";

    /// <summary>The most caption requests in hand at once, uploads included; further ones are told to try again.</summary>
    public int MaxRequests { get; set; } = 256;

    /// <summary>
    /// The time from a request's last byte to its caption that 99 of 100 admitted requests should meet. Requests that would miss
    /// it, by the node's own measurements, are told at once to try again. Null: as many are admitted as there is room for.
    /// </summary>
    public TimeSpan? LatencyTarget { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long captions under way may take to finish once the node is told to stop; after that they are cut off.
    /// </summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(30);
}

internal sealed class AdmissionOptionsValidator : IValidateOptions<AdmissionOptions>
{
    public ValidateOptionsResult Validate(string? name, AdmissionOptions options)
    {
        var faults = new List<string>();
        if (options.MaxRequests < 1)
        {
            faults.Add($"{AdmissionOptions.Section}:{nameof(options.MaxRequests)} is {options.MaxRequests}: give 1 or more.");
        }

        if (options.LatencyTarget <= TimeSpan.Zero)
        {
            faults.Add(
                $"{AdmissionOptions.Section}:{nameof(options.LatencyTarget)} is {options.LatencyTarget}: give a time span of more than zero, such as 00:00:05, or nothing for none."
            );
        }

        if (options.DrainTimeout < TimeSpan.Zero)
        {
            faults.Add(
                $"{AdmissionOptions.Section}:{nameof(options.DrainTimeout)} is {options.DrainTimeout}: give a time span of zero or more, such as 00:00:30."
            );
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
