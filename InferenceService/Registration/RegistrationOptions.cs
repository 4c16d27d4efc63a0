using System.ComponentModel.DataAnnotations;
using ImageToText.Contracts.Prices;
using ImageToText.Contracts.Registry;
using ImageToText.ServiceDefaults.Validation;

namespace ImageToText.InferenceService.Registration;

/// <summary>How a node registers with the pricing service: <c>Inference:Registration</c>.</summary>
public sealed class RegistrationOptions : IValidatableObject
{
    /// <summary>The configuration section of these options.</summary>
    public const string Section = "Inference:Registration";

    /// <summary>
    /// The pricing service's base address; null: <c>https+http://pricing</c>, if the configuration has the endpoints of
    /// <c>pricing</c> (<c>services:pricing:http:0</c>), as Aspire sets them; otherwise the node does not register.
    /// </summary>
    [HttpAddress(Discovered = true)]
    public Uri? PricingAddress { get; set; }

    /// <summary>The service token by which the pricing service recognizes nodes.</summary>
    public string? PricingToken { get; set; }

    /// <summary>The node's id, with 1 to 128 printable ASCII characters and no spaces; null: its host name and port.</summary>
    public string? NodeId { get; set; }

    /// <summary>
    /// The address at which gateways reach the node; null: the one on which it listens, as seen from the pricing service.
    /// </summary>
    [HttpAddress(Discovered = true)]
    public Uri? Address { get; set; }

    /// <summary>Price of one unit; null: the operator's or the recommended price.</summary>
    [AtLeast(0)]
    public decimal? PricePerUnit { get; set; }

    /// <summary>Input pixels in one unit.</summary>
    [AtLeast(0, Exclusive = true)]
    public decimal PixelsPerUnit { get; set; } = 1;

    /// <summary>The currency of <see cref="PricePerUnit"/>.</summary>
    public Currency Currency { get; set; } = Currency.Usd;

    /// <summary>
    /// How many requests a model takes at a time before it answers 429; null: its batch and its queue together.
    /// </summary>
    [AtLeast(1)]
    public int? Capacity { get; set; }

    /// <summary>The pause after the first failed call. It doubles with each further one.</summary>
    public TimeSpan RetryAtLeast { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest pause.</summary>
    public TimeSpan RetryAtMost { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long one call may take.</summary>
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(10);

    internal Price? Price => PricePerUnit is { } price ? new Price(price, PixelsPerUnit, Currency) : null;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (NodeId is { } id && !NodeIds.IsValid(id))
        {
            yield return new($"{Section}:{nameof(NodeId)} is '{id}': give {NodeIds.Rule}, or leave it out.");
        }
    }
}
