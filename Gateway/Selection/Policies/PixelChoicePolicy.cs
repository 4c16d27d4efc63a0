using ImageToText.Gateway.Errors;

namespace ImageToText.Gateway.Selection.Policies;

/// <summary>Removes plain runners for a caller who wants the pixels read otherwise than such a runner reads them.</summary>
internal sealed class PixelChoicePolicy : ISelectionPolicy
{
    public string Name => "pixel_choice";

    public void Narrow(SelectionRequest request, OfferList offers)
    {
        if (request.OwnPixels is not null)
        {
            offers.Exclude(static offer => !offer.IsNative);
        }
    }

    public Refusal Explain(SelectionRequest request, IReadOnlyList<NodeOffer> offers) =>
        Refusals.RunnersRead(request.ModelId, request.OwnPixels!);
}
