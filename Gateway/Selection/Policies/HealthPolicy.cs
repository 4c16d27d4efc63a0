using ImageToText.Gateway.Errors;

namespace ImageToText.Gateway.Selection.Policies;

/// <summary>
/// Removes nodes that are resting after a fault, and those that health checks found unwell. If that leaves none, nodes not yet
/// asked are tried anyway: a caption from a node that may have recovered beats a refusal.
/// </summary>
internal sealed class HealthPolicy : ISelectionPolicy
{
    public string Name => "health";

    public void Narrow(SelectionRequest request, OfferList offers)
    {
        offers.Exclude(offer => request.Tried.Contains(offer.Node.Id));
        bool anyWell = false;
        for (int i = 0; i < offers.Count && !anyWell; i++)
        {
            anyWell = !Unwell(offers[i]);
        }

        if (anyWell)
        {
            offers.Exclude(Unwell);
        }
    }

    public Refusal Explain(SelectionRequest request, IReadOnlyList<NodeOffer> offers) => Refusals.NoNode(request.ModelId);

    private static bool Unwell(NodeOffer offer) => offer.Node.ActivelyUnhealthy || offer.Node.Suspension.State == SuspensionState.Resting;
}
