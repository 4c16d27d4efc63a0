using ImageToText.Gateway.Errors;

namespace ImageToText.Gateway.Selection.Policies;

/// <summary>Removes nodes that would have to load the model, as long as a node that has it loaded has a free slot.</summary>
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
