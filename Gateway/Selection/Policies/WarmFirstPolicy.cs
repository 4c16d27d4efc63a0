using ImageToText.Gateway.Errors;

namespace ImageToText.Gateway.Selection.Policies;

/// <summary>While a node that has the model loaded has a place, those that would load it first are out.</summary>
internal sealed class WarmFirstPolicy : ISelectionPolicy
{
    public string Name => "warm_first";

    public void Narrow(SelectionRequest request, OfferList offers)
    {
        for (int i = 0; i < offers.Count; i++)
        {
            if (offers[i].Warm)
            {
                offers.Exclude(static offer => !offer.Warm);
                return;
            }
        }
    }

    public Refusal Explain(SelectionRequest request, IReadOnlyList<NodeOffer> offers) => Refusals.NoNode(request.ModelId);
}
