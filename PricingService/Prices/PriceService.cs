using ImageToText.Contracts.Prices;
using ImageToText.PricingService.Errors;
using ImageToText.PricingService.Storage;
using ImageToText.PricingService.Storage.Rows;
using Microsoft.EntityFrameworkCore;

namespace ImageToText.PricingService.Prices;

/// <summary>Prices that operators set, with their history.</summary>
internal sealed class PriceService(Store store, NetworkChanges changes, TimeProvider time)
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
                    throw PricingRefusals.NotFound($"No price is set for {Describe(change)}: there is none to withdraw.");
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

    private static string Describe(PriceChange change) =>
        (change.NodeId, change.ModelId) switch
        {
            (null, null) => "everything",
            ({ } node, null) => $"the node {node}",
            (null, { } model) => $"the model {model}",
            ({ } node, { } model) => $"the model {model} of the node {node}",
        };
}
