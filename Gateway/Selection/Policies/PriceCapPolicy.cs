using ImageToText.Gateway.Errors;

namespace ImageToText.Gateway.Selection.Policies;

/// <summary>Removes nodes above the price cap, for all sequences asked for.</summary>
internal sealed class PriceCapPolicy : ISelectionPolicy
{
    public string Name => "price_cap";

    public void Narrow(SelectionRequest request, OfferList offers)
    {
        if (request.MaxPricePerPixel is { } cap)
        {
            offers.Exclude(offer => Charged(request, offer) > cap);
        }
    }

    public Refusal Explain(SelectionRequest request, IReadOnlyList<NodeOffer> offers) =>
        Refusals.OverCap(request.MaxPricePerPixel.GetValueOrDefault(), offers.Min(offer => Charged(request, offer)));

    private static decimal Charged(SelectionRequest request, NodeOffer offer) => offer.PricePerPixel * offer.FactorOf(request.Sequences);
}
