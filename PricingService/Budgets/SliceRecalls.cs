using ImageToText.Contracts.Budgets;
using ImageToText.PricingService.Storage;
using ImageToText.PricingService.Storage.Rows;
using Microsoft.EntityFrameworkCore;

namespace ImageToText.PricingService.Budgets;

/// <summary>Recalls the unspent rest of slices.</summary>
internal static class SliceRecalls
{
    /// <summary>
    /// Recalls all slices of some keys that hold anything unspent. Gateways learn of it once the change is counted.
    /// </summary>
    /// <returns>How many were not recalled before.</returns>
    public static async Task<int> RecallAllAsync(
        PricingDb db,
        IReadOnlyCollection<string> keyIds,
        DateTimeOffset now,
        CancellationToken cancellationToken
    ) => Recall(await db.Slices.Where(slice => keyIds.Contains(slice.KeyId) && slice.EndedAt == null).ToListAsync(cancellationToken), now);

    /// <summary>Recalls these slices, which the context tracks.</summary>
    /// <returns>How many were not recalled before.</returns>
    public static int Recall(IEnumerable<Slice> slices, DateTimeOffset now)
    {
        var recalled = slices.Where(slice => slice.RecalledAt is null).ToList();
        recalled.ForEach(slice => slice.RecalledAt = now);
        return recalled.Count;
    }

    /// <summary>The recalled slices of a gateway.</summary>
    public static async Task<IReadOnlyList<SliceRecall>> OfGatewayAsync(
        PricingDb db,
        string gatewayId,
        CancellationToken cancellationToken
    ) =>
        await db
            .Slices.Where(slice => slice.GatewayId == gatewayId && slice.EndedAt == null && slice.RecalledAt != null)
            .OrderBy(slice => slice.SliceId)
            .Select(slice => new SliceRecall(slice.SliceId, slice.KeyId, slice.ModelId))
            .ToListAsync(cancellationToken);
}
