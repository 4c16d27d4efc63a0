using ImageToText.Contracts.Prices;
using ImageToText.Contracts.Registry;
using Microsoft.Extensions.Options;

namespace ImageToText.InferenceService.Registration;

/// <summary>How a node registers with the pricing service: <c>Inference:Registration</c>.</summary>
public sealed class RegistrationOptions
{
    /// <summary>The configuration section of these options.</summary>
    public const string Section = "Inference:Registration";

    /// <summary>
    /// The pricing service's base address; null: <c>https+http://pricing</c>, if the configuration has the endpoints of
    /// <c>pricing</c> (<c>services:pricing:http:0</c>), as Aspire sets them; otherwise the node does not register.
    /// </summary>
    public Uri? PricingAddress { get; set; }

    /// <summary>The service token by which the pricing service recognizes nodes.</summary>
    public string? PricingToken { get; set; }

    /// <summary>The node's id, with 1 to 128 printable ASCII characters and no spaces; null: its host name and port.</summary>
    public string? NodeId { get; set; }

    /// <summary>
    /// The address at which gateways reach the node; null: the one on which it listens, as seen from the pricing service.
    /// </summary>
    public Uri? Address { get; set; }

    /// <summary>Price of one unit; null: the operator's or the recommended price.</summary>
    public decimal? PricePerUnit { get; set; }

    /// <summary>Input pixels in one unit.</summary>
    public decimal PixelsPerUnit { get; set; } = 1;

    /// <summary>The currency of <see cref="PricePerUnit"/>.</summary>
    public Currency Currency { get; set; } = Currency.Usd;

    /// <summary>
    /// How many requests a model takes at a time before it answers 429; null: its batch and its queue together.
    /// </summary>
    public int? Capacity { get; set; }

    /// <summary>The pause after the first failed call. It doubles with each further one.</summary>
    public TimeSpan RetryAtLeast { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest pause.</summary>
    public TimeSpan RetryAtMost { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long one call may take.</summary>
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(10);

    internal Price? Price => PricePerUnit is { } price ? new Price(price, PixelsPerUnit, Currency) : null;
}

internal sealed class RegistrationOptionsValidator : IValidateOptions<RegistrationOptions>
{
    private const string Section = RegistrationOptions.Section;

    public ValidateOptionsResult Validate(string? name, RegistrationOptions options)
    {
        var faults = new List<string>();
        Http(options.PricingAddress, nameof(options.PricingAddress));
        Http(options.Address, nameof(options.Address));
        if (options.NodeId is { } id && !NodeIds.IsValid(id))
        {
            faults.Add($"{Section}:{nameof(options.NodeId)} is '{id}': give {NodeIds.Rule}, or leave it out.");
        }

        if (options.PricePerUnit < 0)
        {
            faults.Add($"{Section}:{nameof(options.PricePerUnit)} is {options.PricePerUnit}: give 0 or more.");
        }

        if (options.PixelsPerUnit <= 0)
        {
            faults.Add($"{Section}:{nameof(options.PixelsPerUnit)} is {options.PixelsPerUnit}: give more than 0.");
        }

        if (options.Capacity < 1)
        {
            faults.Add($"{Section}:{nameof(options.Capacity)} is {options.Capacity}: give 1 or more.");
        }

        Positive(options.RetryAtLeast, nameof(options.RetryAtLeast));
        Positive(options.RetryAtMost, nameof(options.RetryAtMost));
        Positive(options.CallTimeout, nameof(options.CallTimeout));
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);

        void Http(Uri? address, string key)
        {
            if (address is not null && !(address.IsAbsoluteUri && address.Scheme is "http" or "https" or "https+http" or "http+https"))
            {
                faults.Add($"{Section}:{key} is '{address}': write an address such as http://host:8000.");
            }
        }

        void Positive(TimeSpan span, string key)
        {
            if (span <= TimeSpan.Zero)
            {
                faults.Add($"{Section}:{key} is {span}: give a time span above zero, such as 00:00:05.");
            }
        }
    }
}
