using Microsoft.Extensions.Options;

namespace ImageToText.PricingService.Prices;

/// <summary>Gateways' price caps: <c>Pricing:Caps</c>.</summary>
internal sealed class PriceCapOptions
{
    public const string Section = "Pricing:Caps";

    /// <summary>The key in <see cref="Files"/> for gateways without their own file.</summary>
    public const string EveryGateway = "default";

    /// <summary>Operators' <c>maxPricePerCapability.json</c> files, by gateway id.</summary>
    public Dictionary<string, string> Files { get; } = new(StringComparer.Ordinal);

    internal sealed class Validation : IValidateOptions<PriceCapOptions>
    {
        public ValidateOptionsResult Validate(string? name, PriceCapOptions options)
        {
            List<string> wrong =
            [
                .. options
                    .Files.Where(file => !File.Exists(file.Value))
                    .Select(file => $"{Section}:Files:{file.Key} is '{file.Value}': there is no such file."),
            ];
            return wrong.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);
        }
    }
}
