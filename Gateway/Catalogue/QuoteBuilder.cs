using ImageToText.Contracts.Prices;
using ImageToText.Contracts.Quotes;
using ImageToText.Contracts.Registry;
using ImageToText.Gateway.Pipeline;
using ImageToText.Gateway.Registry;

namespace ImageToText.Gateway.Catalogue;

/// <summary>
/// Makes quotes from the network in force here, so that a quote shows the prices by which the next caption is chosen.
/// </summary>
internal static class QuoteBuilder
{
    /// <summary>The offers for a picture of that size, cheapest first; if costs are equal, warm before cold.</summary>
    public static Quote Build(NetworkView view, int width, int height, string modelId, int sequences, decimal? cap, DateTimeOffset asOf)
    {
        decimal? limit = ModelAndCapStep.Least(cap, view.CapOf(modelId));
        var offers = view
            .Snapshot.Nodes.Where(static node => node.State == NodeState.Active)
            .SelectMany(static node => node.Models, static (node, model) => (node, model))
            .Where(pair => pair.model.ModelId == modelId && pair.model.UsdPerPixel is not null)
            .Select(pair =>
                (
                    pair.node,
                    pair.model,
                    pixels: Cost.PixelsOf(width, height, pair.model.Tiles),
                    factor: pair.node.Kind == NodeKind.Native ? Cost.Factor(sequences, pair.model.SequenceShare) : 1
                )
            )
            .Select(pair => new Offer(
                pair.node.NodeId,
                modelId,
                pair.model.State,
                pair.model.Price,
                pair.model.UsdPerPixel!.Value,
                Cost.Of(pair.pixels, pair.model.UsdPerPixel.Value * pair.factor),
                limit is null || pair.model.UsdPerPixel * pair.factor <= limit,
                pair.pixels,
                pair.factor
            ))
            .OrderBy(static offer => offer.CostUsd)
            .ThenBy(static offer => offer.State)
            .ThenBy(static offer => offer.NodeId, StringComparer.Ordinal)
            .ToArray();
        return new Quote(width, height, (long)width * height, modelId, offers, view.Snapshot.ExchangeRate, asOf);
    }
}
