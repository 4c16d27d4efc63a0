using ImageToText.Gateway.Errors;

namespace ImageToText.Gateway.Selection.Policies;

/// <summary>Removes nodes that have no free slot, or that asked to be left alone.</summary>
internal sealed class CapacityPolicy(SelectionOptions options) : ISelectionPolicy
{
    public string Name => "capacity";

    public void Narrow(SelectionRequest request, OfferList offers) =>
        offers.Exclude(offer => offer.Node.Before(request.IsItem) >= offer.Capacity || offer.Node.BusyFor > TimeSpan.Zero);

    public Refusal Explain(SelectionRequest request, IReadOnlyList<NodeOffer> offers)
    {
        var soonest = offers.Min(offer => offer.Node.BusyFor);
        return Refusals.AllBusy(soonest > options.BusyPause ? soonest : options.BusyPause);
    }
}
