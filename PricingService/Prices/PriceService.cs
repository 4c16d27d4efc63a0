using ImageToText.Contracts.Prices;
using ImageToText.Contracts.Registry;
using ImageToText.PricingService.Access;
using ImageToText.PricingService.Registry;
using ImageToText.PricingService.Storage;
using Microsoft.EntityFrameworkCore;

namespace ImageToText.PricingService.Prices;

/// <summary>Prices that operators set, with their history, and quotes.</summary>
internal sealed class PriceService(Store store, NetworkChanges changes, RegisteredNetwork network, TimeProvider time)
{
    private const int MostHistory = 1_000;

    /// <summary>Sets or withdraws a price.</summary>
    public Task<PriceHistoryEntry> SetAsync(PriceChange change, string? changedBy, CancellationToken cancellationToken)
    {
        if (change.Price is { } stated)
        {
            PriceLimits.Check(stated, change.ModelId ?? change.NodeId ?? "everything");
        }

        return changes.WriteAsync(
            ["prices"],
            async db =>
            {
                var now = time.GetUtcNow();
                var before = await db
                    .Prices.Where(price => price.Until == null && price.NodeId == change.NodeId && price.ModelId == change.ModelId)
                    .SingleOrDefaultAsync(cancellationToken);
                if (change.Price is null && before?.Price is null)
                {
                    throw Refusal.NotFound($"No price is set for {Describe(change)}: there is none to withdraw.");
                }

                if (before is not null)
                {
                    before.Until = now;
                }

                var set = new SetPrice
                {
                    NodeId = change.NodeId,
                    ModelId = change.ModelId,
                    PricePerUnit = change.Price?.PricePerUnit,
                    PixelsPerUnit = change.Price?.PixelsPerUnit,
                    Currency = change.Price?.Currency,
                    From = now,
                    ChangedBy = changedBy,
                    Note = change.Note,
                };
                db.Prices.Add(set);
                await db.SaveChangesAsync(cancellationToken);
                return (set.ToContract(), Change.Network);
            },
            cancellationToken
        );
    }

    /// <summary>Prices that were set, newest first.</summary>
    public Task<IReadOnlyList<PriceHistoryEntry>> HistoryAsync(string? nodeId, string? modelId, CancellationToken cancellationToken) =>
        store.ReadAsync(async db =>
        {
            var prices = db.Prices.AsQueryable();
            if (nodeId is not null)
            {
                prices = prices.Where(price => price.NodeId == nodeId);
            }

            if (modelId is not null)
            {
                prices = prices.Where(price => price.ModelId == modelId);
            }

            var found = await prices.OrderByDescending(price => price.Id).Take(MostHistory).ToListAsync(cancellationToken);
            return (IReadOnlyList<PriceHistoryEntry>)[.. found.Select(price => price.ToContract())];
        });

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
        CancellationToken cancellationToken
    )
    {
        if (width < 1 || height < 1)
        {
            throw Refusal.Invalid($"width and height must be at least 1 pixel; they are {width} and {height}.");
        }

        if (maxUsdPerPixel < 0)
        {
            throw Refusal.Invalid("max_price_per_pixel must not be negative.");
        }

        var (nodes, defaultModelId) = await network.NodesAsync(cancellationToken);
        string wanted = modelId ?? defaultModelId ?? throw Refusal.NotFound("No model was named and there is no default: no node has one.");
        List<Offer> offers = [];
        bool known = false;
        foreach (var node in nodes)
        {
            foreach (var model in node.Models.Where(model => model.ModelId == wanted))
            {
                known = true;
                if (node.State == NodeState.Active && model.UsdPerPixel is { } usd)
                {
                    offers.Add(
                        new(
                            node.NodeId,
                            wanted,
                            model.State,
                            model.Price,
                            usd,
                            Cost.Of(width, height, usd),
                            maxUsdPerPixel is null || usd <= maxUsdPerPixel
                        )
                    );
                }
            }
        }

        if (!known)
        {
            throw Refusal.NotFound($"No node has the model {wanted}.");
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

    private static string Describe(PriceChange change) =>
        (change.NodeId, change.ModelId) switch
        {
            (null, null) => "everything",
            ({ } node, null) => $"the node {node}",
            (null, { } model) => $"the model {model}",
            ({ } node, { } model) => $"the model {model} of the node {node}",
        };
}
