using System.ComponentModel.DataAnnotations;
using ImageToText.ServiceDefaults.Validation;

namespace ImageToText.PricingService.Registry;

/// <summary>The registry of nodes: <c>Pricing:Registry</c>.</summary>
internal sealed class NodeRegistryOptions : IValidatableObject
{
    public const string Section = "Pricing:Registry";

    /// <summary>A node that has not renewed for this long is removed.</summary>
    [AtLeast("00:00:01", ErrorMessage = "give a second or more, such as 00:00:10.")]
    public TimeSpan Ttl { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How often leases and the operator's files are looked over; changes are told at once.</summary>
    public TimeSpan SweepEvery { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The path of an operator's <c>aiModels.json</c>; null: none.</summary>
    [ExistingFile]
    public string? AiModelsFile { get; set; }

    /// <summary>The model for requests that name none; null: the first warm one.</summary>
    public string? DefaultModelId { get; set; }

    /// <summary>Nodes that do not register themselves, by id.</summary>
    public Dictionary<string, StaticNodeOptions> Nodes { get; } = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (SweepEvery <= TimeSpan.Zero || SweepEvery > TimeSpan.FromSeconds(10))
        {
            yield return new($"{Section}:SweepEvery is {SweepEvery}: give more than zero and at most 10 seconds, such as 00:00:02.");
        }

        foreach (string wrong in Nodes.SelectMany(static node => node.Value.Check(node.Key, $"{Section}:Nodes:{node.Key}")))
        {
            yield return new(wrong);
        }
    }
}
