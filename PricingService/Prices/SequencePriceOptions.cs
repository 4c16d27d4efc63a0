using System.ComponentModel.DataAnnotations;

namespace ImageToText.PricingService.Prices;

/// <summary>What several sequences of one picture cost: <c>Pricing:Sequences</c>.</summary>
internal sealed class SequencePriceOptions : IValidatableObject
{
    public const string Section = "Pricing:Sequences";

    /// <summary>
    /// What each returned sequence after the first costs, as a share of the first, by model id: 0 is nothing, 1 as much, which is what
    /// models that are not named take.
    /// </summary>
    public Dictionary<string, decimal> Shares { get; } = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var (model, share) in Shares)
        {
            if (share is < 0 or > 1)
            {
                yield return new($"{Section}:Shares:{model} is {share}: give a number from 0 to 1.");
            }
        }
    }
}
