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

    /// <summary>
    /// The service token before <see cref="ServiceToken"/>, accepted too while gateways and nodes change over; null: none.
    /// </summary>
    public string? PreviousServiceToken { get; set; }

    /// <summary>The operator token before <see cref="OperatorToken"/>, accepted too; null: none.</summary>
    public string? PreviousOperatorToken { get; set; }

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

        foreach (
            var (name, token) in new[]
            {
                (nameof(OperatorToken), OperatorToken),
                (nameof(PreviousServiceToken), PreviousServiceToken),
                (nameof(PreviousOperatorToken), PreviousOperatorToken),
            }
        )
        {
            if (token is { Length: > 0 and < Shortest })
            {
                yield return new($"{Section}:{name} has {token.Length} characters: give {Shortest} or more, or leave it out.");
            }
        }

        foreach (string? token in (string?[])[OperatorToken, PreviousOperatorToken])
        {
            if (token is { Length: > 0 } && (token == ServiceToken || token == PreviousServiceToken))
            {
                string name = token == OperatorToken ? nameof(OperatorToken) : nameof(PreviousOperatorToken);
                string other = token == ServiceToken ? nameof(ServiceToken) : nameof(PreviousServiceToken);
                yield return new($"{Section}:{name} is the same as {Section}:{other}: give a different one.");
            }
        }
    }
}
