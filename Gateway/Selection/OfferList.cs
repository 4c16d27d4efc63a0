namespace ImageToText.Gateway.Selection;

/// <summary>The offers still in question while the policies narrow them.</summary>
internal sealed class OfferList(IEnumerable<NodeOffer> offers)
{
    private readonly List<NodeOffer> _offers = [.. offers];

    public int Count => _offers.Count;

    public NodeOffer this[int index] => _offers[index];

    /// <summary>The offers that were there when the last of them were struck out; empty while some are left.</summary>
    public IReadOnlyList<NodeOffer> Excluded { get; private set; } = [];

    /// <summary>Strikes out every offer for which <paramref name="against"/> holds.</summary>
    public void Exclude(Predicate<NodeOffer> against)
    {
        if (_offers.Count > 0 && _offers.TrueForAll(against))
        {
            Excluded = [.. _offers];
            _offers.Clear();
            return;
        }

        _offers.RemoveAll(against);
    }

    /// <summary>Keeps one offer alone.</summary>
    public void Choose(NodeOffer offer)
    {
        _offers.Clear();
        _offers.Add(offer);
    }

    public NodeOffer[] ToArray() => [.. _offers];
}
