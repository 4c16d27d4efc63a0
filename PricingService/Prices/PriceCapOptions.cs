using System.ComponentModel.DataAnnotations;

namespace ImageToText.PricingService.Prices;

/// <summary>Gateways' price caps: <c>Pricing:Caps</c>.</summary>
internal sealed class PriceCapOptions : IValidatableObject
{
    public const string Section = "Pricing:Caps";

    /// <summary>The key in <see cref="Files"/> for gateways without their own file.</summary>
    public const string EveryGateway = "default";

    /// <summary>Operators' <c>maxPricePerCapability.json</c> files, by gateway id.</summary>
    public Dictionary<string, string> Files { get; } = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        Files
            .Where(static file => !File.Exists(file.Value))
            .Select(static file => new ValidationResult($"{Section}:Files:{file.Key} is '{file.Value}': there is no such file."));
}
