using ImageToText.Contracts;
using ImageToText.Contracts.Prices;
using ImageToText.Contracts.Quotes;
using ImageToText.Contracts.Registry;
using ImageToText.PricingService.Errors;
using ImageToText.PricingService.Network;
using ImageToText.PricingService.Storage;

namespace ImageToText.PricingService.Quotes;

/// <summary>The prices in force, and what a picture costs.</summary>
internal sealed class QuoteService(Store store, RegisteredNetwork network, TimeProvider time)
{
    private static readonly double MostSequences = CaptionOptionTable.NumReturnSequences.Most!.Value;

    /// <summary>Prices in force and the exchange rate.</summary>
    public Task<PriceList> ListAsync(CancellationToken cancellationToken) =>
        store.ReadAsync(async db =>
        {
            var set = await RegisteredNetwork.SetPricesAsync(db, cancellationToken);
            var table = network.Table(set);
            var nodes = await RegisteredNetwork.PresentAsync(db, cancellationToken);
            return new PriceList(
                Price.Recommended,
                [.. set.Where(price => price.Price is not null).OrderBy(price => price.Id).Select(price => price.ToContract())],
                [.. nodes.SelectMany(node => node.ReadModels().Select(model => table.Of(node.NodeId, model)))],
                table.Rate
            );
        });

    /// <summary>What a picture of that size costs at each node, cheapest first.</summary>
    public async Task<Quote> QuoteAsync(
        int width,
        int height,
        string? modelId,
        decimal? maxUsdPerPixel,
        int sequences,
        CancellationToken cancellationToken
    )
    {
        if (width < 1 || height < 1)
        {
            throw PricingRefusals.Invalid($"width and height must be at least 1 pixel; they are {width} and {height}.");
        }

        if (maxUsdPerPixel < 0)
        {
            throw PricingRefusals.Invalid("max_price_per_pixel must not be negative.");
        }

        if (sequences < 1 || sequences > MostSequences)
        {
            throw PricingRefusals.Invalid($"num_return_sequences must be from 1 to {MostSequences}, not {sequences}.");
        }

        var (nodes, defaultModelId) = await network.NodesAsync(cancellationToken);
        string wanted =
            modelId ?? defaultModelId ?? throw PricingRefusals.NotFound("No model was named and there is no default: no node has one.");
        List<Offer> offers = [];
        bool known = false;
        foreach (var node in nodes)
        {
            foreach (var model in node.Models.Where(model => model.ModelId == wanted))
            {
                known = true;
                if (node.State == NodeState.Active && model.UsdPerPixel is { } usd)
                {
                    long pixels = Cost.PixelsOf(width, height, model.Tiles);
                    decimal factor = node.Kind == NodeKind.Native ? Cost.Factor(sequences, model.SequenceShare) : 1;
                    offers.Add(
                        new(
                            node.NodeId,
                            wanted,
                            model.State,
                            model.Price,
                            usd,
                            Cost.Of(pixels, usd * factor),
                            maxUsdPerPixel is null || usd * factor <= maxUsdPerPixel,
                            pixels,
                            factor
                        )
                    );
                }
            }
        }

        if (!known)
        {
            throw PricingRefusals.NotFound($"No node has the model {wanted}.");
        }

        return new(
            width,
            height,
            (long)width * height,
            wanted,
            [.. offers.OrderBy(offer => offer.CostUsd).ThenBy(offer => offer.State).ThenBy(offer => offer.NodeId, StringComparer.Ordinal)],
            network.Rate,
            time.GetUtcNow()
        );
    }
}
