using ImageToText.Contracts.Prices;

namespace ImageToText.Gateway.Selection;

/// <summary>One model on one node, at a price.</summary>
/// <param name="Node">The node, as seen by this gateway.</param>
/// <param name="ModelId">The model.</param>
/// <param name="PricePerPixel">USD per input pixel.</param>
/// <param name="Warm">Whether the model is loaded on it.</param>
/// <param name="Capacity">Requests the node takes at once.</param>
internal sealed record NodeOffer(NodeStats Node, string ModelId, decimal PricePerPixel, bool Warm, int Capacity)
{
    /// <summary>Whether it is one of our own nodes, which know every option.</summary>
    public bool IsNative { get; init; } = true;

    /// <summary>How the model cuts pictures into tiles; null: it sees each as a whole.</summary>
    public PictureTiles? Tiles { get; init; }

    /// <summary>What each sequence after the first costs, as a share of the first; null: as much.</summary>
    public decimal? SequenceShare { get; init; }

    /// <summary>What the price is multiplied with for several sequences.</summary>
    public decimal FactorOf(int sequences) => Cost.Factor(sequences, SequenceShare);
}
