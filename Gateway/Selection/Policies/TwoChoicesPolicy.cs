using ImageToText.Gateway.Errors;

namespace ImageToText.Gateway.Selection.Policies;

/// <summary>
/// Draws two nodes at random and takes the better one (Mitzenmacher 2001, "The power of two choices in randomized load
/// balancing"). The load is nearly as even as with the best of all, without every gateway running to the same node. The better
/// one has the shorter expected wait (seconds per pixel, by the requests already there), lengthened by the price. A node without
/// a time yet is compared by its load alone, so that it gets tried.
/// </summary>
internal sealed class TwoChoicesPolicy(SelectionOptions options, Random random) : ISelectionPolicy
{
    public string Name => "two_choices";

    public void Narrow(SelectionRequest request, OfferList offers)
    {
        if (offers.Count < 2)
        {
            return;
        }

        int first = random.Next(offers.Count);
        int second = random.Next(offers.Count - 1);
        second += second >= first ? 1 : 0;
        var (cheapest, dearest) = Span(offers);
        offers.Choose(Better(offers[first], offers[second], request.IsItem, cheapest, dearest));
    }

    public Refusal Explain(SelectionRequest request, IReadOnlyList<NodeOffer> offers) => Refusals.NoNode(request.ModelId);

    private static (decimal Cheapest, decimal Dearest) Span(OfferList offers)
    {
        decimal cheapest = offers[0].PricePerPixel;
        decimal dearest = cheapest;
        for (int i = 1; i < offers.Count; i++)
        {
            cheapest = Math.Min(cheapest, offers[i].PricePerPixel);
            dearest = Math.Max(dearest, offers[i].PricePerPixel);
        }

        return (cheapest, dearest);
    }

    private static double Load(NodeOffer offer, bool isItem) => 1 + ((double)offer.Node.Before(isItem) / Math.Max(1, offer.Capacity));

    private NodeOffer Better(NodeOffer a, NodeOffer b, bool isItem, decimal cheapest, decimal dearest)
    {
        double? scoreA = Score(a, isItem, cheapest, dearest);
        double? scoreB = Score(b, isItem, cheapest, dearest);
        return scoreA is { } left && scoreB is { } right
            ? left <= right
                ? a
                : b
            : Load(a, isItem) <= Load(b, isItem)
                ? a
                : b;
    }

    private double? Score(NodeOffer offer, bool isItem, decimal cheapest, decimal dearest)
    {
        if (offer.Node.ExpectedSecondsPerPixel(offer.ModelId, isItem) is not { } secondsPerPixel)
        {
            return null;
        }

        // A ratio of prices rather than money: where this offer lies between the cheapest and the dearest.
        double dear = dearest == 0 ? 0 : (double)((offer.PricePerPixel - cheapest) / dearest);
        return secondsPerPixel * (1 + (options.PriceWeight * dear));
    }
}
