using ImageToText.Gateway.Errors;

namespace ImageToText.Gateway.Selection.Policies;

/// <summary>
/// Nodes that failed rest, and those the health checks found unwell are out. Where that leaves none, the nodes not yet asked are
/// tried all the same: a caption from a node that may be well again beats a refusal.
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
