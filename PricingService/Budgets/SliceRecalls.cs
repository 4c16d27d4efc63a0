using ImageToText.Contracts.Budgets;
using ImageToText.PricingService.Storage;
using Microsoft.EntityFrameworkCore;

namespace ImageToText.PricingService.Budgets;

/// <summary>Calling back the unspent rest of slices.</summary>
internal static class SliceRecalls
{
    /// <summary>Calls back all slices of a key that hold anything unspent. The gateways hear of it once the change is counted.</summary>
    /// <returns>How many had not been called back before.</returns>
    public static async Task<int> RecallAllAsync(PricingDb db, string keyId, DateTimeOffset now, CancellationToken cancellationToken) =>
        Recall(await db.Slices.Where(slice => slice.KeyId == keyId && slice.EndedAt == null).ToListAsync(cancellationToken), now);

    /// <summary>Calls back these slices, which the context tracks.</summary>
    /// <returns>How many had not been called back before.</returns>
    public static int Recall(IEnumerable<Slice> slices, DateTimeOffset now)
    {
        var recalled = slices.Where(slice => slice.RecalledAt is null).ToList();
        recalled.ForEach(slice => slice.RecalledAt = now);
        return recalled.Count;
    }

    /// <summary>The slices of a gateway that are called back.</summary>
    public static async Task<IReadOnlyList<SliceRecall>> OfGatewayAsync(
        PricingDb db,
        string gatewayId,
        CancellationToken cancellationToken
    ) =>
        await db
            .Slices.Where(slice => slice.GatewayId == gatewayId && slice.EndedAt == null && slice.RecalledAt != null)
            .OrderBy(slice => slice.SliceId)
            .Select(slice => new SliceRecall(slice.SliceId, slice.KeyId))
            .ToListAsync(cancellationToken);
}
