namespace ImageToText.Gateway.Selection;

/// <summary>The offers still in question while the policies narrow them.</summary>
internal sealed class OfferList(IEnumerable<NodeOffer> offers)
{
    private readonly List<NodeOffer> _offers = [.. offers];

    public int Count => _offers.Count;

    public NodeOffer this[int index] => _offers[index];

    /// <summary>Strikes out every offer for which <paramref name="against"/> holds.</summary>
    public void StrikeOut(Predicate<NodeOffer> against) => _offers.RemoveAll(against);

    /// <summary>Keeps one offer alone.</summary>
    public void Settle(NodeOffer offer)
    {
        _offers.Clear();
        _offers.Add(offer);
    }

    public NodeOffer[] ToArray() => [.. _offers];
}
