using Microsoft.Extensions.Options;

namespace ImageToText.PricingService.Access;

/// <summary>Who may call the pricing service besides the holders of keys: <c>Pricing:Access</c>.</summary>
internal sealed class AccessOptions
{
    public const string Section = "Pricing:Access";

    /// <summary>The bearer token of gateways and nodes; at least 16 characters.</summary>
    public string ServiceToken { get; set; } = "";

    /// <summary>A bearer token with the rights of scope <c>operate</c>, for making the first key; empty: none.</summary>
    public string? OperatorToken { get; set; }

    internal sealed class Validation : IValidateOptions<AccessOptions>
    {
        private const int Shortest = 16;

        public ValidateOptionsResult Validate(string? name, AccessOptions options)
        {
            if (options.ServiceToken.Length < Shortest)
            {
                return ValidateOptionsResult.Fail(
                    $"{Section}:ServiceToken has {options.ServiceToken.Length} characters: give {Shortest} or more; "
                        + "gateways and nodes send it."
                );
            }

            if (options.OperatorToken is { Length: > 0 and < Shortest })
            {
                return ValidateOptionsResult.Fail(
                    $"{Section}:OperatorToken has {options.OperatorToken.Length} characters: give {Shortest} or more, or leave it out."
                );
            }

            return options.OperatorToken == options.ServiceToken
                ? ValidateOptionsResult.Fail($"{Section}:OperatorToken is the same as {Section}:ServiceToken: give another one.")
                : ValidateOptionsResult.Success;
        }
    }
}
