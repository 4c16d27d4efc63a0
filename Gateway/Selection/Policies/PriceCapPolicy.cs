using ImageToText.Gateway.Errors;

namespace ImageToText.Gateway.Selection.Policies;

/// <summary>Removes nodes above the price cap.</summary>
internal sealed class PriceCapPolicy : ISelectionPolicy
{
    public string Name => "price_cap";

    public void Narrow(SelectionRequest request, OfferList offers)
    {
        if (request.MaxPricePerPixel is { } cap)
        {
            offers.Exclude(offer => offer.PricePerPixel > cap);
        }
    }

    public Refusal Explain(SelectionRequest request, IReadOnlyList<NodeOffer> offers) =>
        Refusals.OverCap(request.MaxPricePerPixel.GetValueOrDefault(), offers.Min(offer => offer.PricePerPixel));
}
