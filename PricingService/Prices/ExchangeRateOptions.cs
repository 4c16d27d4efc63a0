using System.ComponentModel.DataAnnotations;
using ImageToText.ServiceDefaults.Validation;

namespace ImageToText.PricingService.Prices;

/// <summary>Where ether's exchange rate comes from: <c>Pricing:ExchangeRate</c>.</summary>
internal sealed class ExchangeRateOptions : IValidatableObject
{
    public const string Section = "Pricing:ExchangeRate";

    /// <summary>A fixed rate in USD per ether.</summary>
    [AtLeast(0, Exclusive = true, ErrorMessage = "give more than 0, or leave it out.")]
    public decimal? UsdPerEth { get; set; }

    /// <summary>The URL of a JSON document with the rate.</summary>
    [HttpAddress(ErrorMessage = "write an address such as https://host/rate.")]
    public string? Url { get; set; }

    /// <summary>
    /// The names of the fields that lead to the rate in that document, joined by dots; numbers index into lists.
    /// </summary>
    public string Path { get; set; } = "data.amount";

    /// <summary>How often the rate is read.</summary>
    public TimeSpan RefreshEvery { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>A rate older than this is not used.</summary>
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromMinutes(10);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Url is { Length: > 0 } && UsdPerEth is not null)
        {
            yield return new($"{Section}:UsdPerEth and {Section}:Url are mutually exclusive: set one.");
        }

        if (Url is { Length: > 0 } && Path.Length == 0)
        {
            yield return new($"{Section}:Path is empty: name the field that holds the rate, such as data.amount.");
        }

        if (RefreshEvery <= TimeSpan.Zero || MaxAge < RefreshEvery)
        {
            yield return new(
                $"{Section}:RefreshEvery is {RefreshEvery} and {Section}:MaxAge {MaxAge}: "
                    + "the first must be above zero and at most the second."
            );
        }
    }
}
