using System.ComponentModel.DataAnnotations;

namespace ImageToText.PricingService.Access;

/// <summary>Who may call the pricing service besides the holders of keys: <c>Pricing:Access</c>.</summary>
internal sealed class AccessOptions : IValidatableObject
{
    public const string Section = "Pricing:Access";

    /// <summary>The bearer token of gateways and nodes; at least 16 characters.</summary>
    public string ServiceToken { get; set; } = "";

    /// <summary>A bearer token with the rights of scope <c>operate</c>, for making the first key; empty: none.</summary>
    public string? OperatorToken { get; set; }

    private const int Shortest = 16;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        // The tokens themselves are not for logs.
        if (ServiceToken.Length < Shortest)
        {
            yield return new(
                $"{Section}:ServiceToken has {ServiceToken.Length} characters: give {Shortest} or more; gateways and nodes send it."
            );
        }
        else if (OperatorToken is { Length: > 0 and < Shortest })
        {
            yield return new($"{Section}:OperatorToken has {OperatorToken.Length} characters: give {Shortest} or more, or leave it out.");
        }
        else if (OperatorToken == ServiceToken)
        {
            yield return new($"{Section}:OperatorToken is the same as {Section}:ServiceToken: give a different one.");
        }
    }
}
