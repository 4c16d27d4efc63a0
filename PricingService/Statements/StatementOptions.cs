using System.ComponentModel.DataAnnotations;
using ImageToText.Contracts.Registry;

namespace ImageToText.PricingService.Statements;

/// <summary>What monthly statements need to know: <c>Pricing:Statements</c>.</summary>
internal sealed class StatementOptions : IValidatableObject
{
    public const string Section = "Pricing:Statements";

    /// <summary>Who is paid for a node's captions, by the node's id. Earnings of other nodes are listed without an owner.</summary>
    public Dictionary<string, string> NodeOwners { get; } = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var (node, owner) in NodeOwners)
        {
            if (!NodeIds.IsValid(node))
            {
                yield return new($"{Section}:NodeOwners names the node '{node}': give {NodeIds.Rule}.");
            }
            else if (string.IsNullOrWhiteSpace(owner))
            {
                yield return new($"{Section}:NodeOwners:{node} is empty: name the owner, or leave the node out.");
            }
        }
    }
}
