using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Selection.Policies;

namespace ImageToText.Gateway.Selection;

/// <summary>Chooses a node by applying the rules in order to the offers for a model.</summary>
internal sealed class NodeSelector
{
    private readonly ISelectionPolicy[] _policies;

    public NodeSelector(IEnumerable<ISelectionPolicy> policies) => _policies = [.. policies];

    /// <summary>The product's rules, in order: pixel choice, health, price cap, capacity, warm first, two choices.</summary>
    public static NodeSelector Standard(SelectionOptions options, Random random) =>
        new([
            new PixelChoicePolicy(),
            new HealthPolicy(),
            new PriceCapPolicy(),
            new CapacityPolicy(options),
            new WarmFirstPolicy(),
            new TwoChoicesPolicy(options, random),
        ]);

    /// <summary>The chosen offer, or why there is none.</summary>
    public SelectionOutcome Select(SelectionRequest request, IReadOnlyList<NodeOffer> offers)
    {
        if (offers.Count == 0)
        {
            return new SelectionOutcome(null, Refusals.NoNode(request.ModelId), "registry");
        }

        var left = new OfferList(offers);
        foreach (var policy in _policies)
        {
            policy.Narrow(request, left);
            if (left.Count == 0)
            {
                return new SelectionOutcome(null, policy.Explain(request, left.Excluded), policy.Name);
            }
        }

        return new SelectionOutcome(left[0], null, _policies.Length == 0 ? "none" : _policies[^1].Name);
    }
}

/// <summary>The outcome of a choice: an offer, or a refusal.</summary>
/// <param name="Offer">The chosen offer; null: there is none.</param>
/// <param name="Refusal">Why there is none; null: there is one.</param>
/// <param name="Policy">The rule that decided.</param>
internal readonly record struct SelectionOutcome(NodeOffer? Offer, Refusal? Refusal, string Policy);
