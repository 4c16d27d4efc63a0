namespace ImageToText.Gateway.Selection;

/// <summary>The offers that remain while the rules narrow them.</summary>
internal sealed class OfferList(IEnumerable<NodeOffer> offers)
{
    private readonly List<NodeOffer> _offers = [.. offers];

    public int Count => _offers.Count;

    public NodeOffer this[int index] => _offers[index];

    /// <summary>The offers that were there when the last ones were removed; empty while some are left.</summary>
    public IReadOnlyList<NodeOffer> Excluded { get; private set; } = [];

    /// <summary>Removes every offer for which <paramref name="against"/> is true.</summary>
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

    /// <summary>Keeps only one offer.</summary>
    public void Choose(NodeOffer offer)
    {
        _offers.Clear();
        _offers.Add(offer);
    }

    public NodeOffer[] ToArray() => [.. _offers];
}
