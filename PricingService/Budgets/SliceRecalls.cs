using ImageToText.Contracts.Budgets;
using ImageToText.PricingService.Storage;
using Microsoft.EntityFrameworkCore;

namespace ImageToText.PricingService.Budgets;

/// <summary>Calling back the unspent rest of slices.</summary>
internal static class SliceRecalls
{
    /// <summary>Calls back all slices of a key that hold anything unspent. The gateways hear of it once the change is counted.</summary>
    /// <returns>How many had not been called back before.</returns>
    public static async Task<int> RecallAllAsync(PricingDb db, string keyId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var slices = await db.Slices
            .Where(slice => slice.KeyId == keyId && slice.EndedAt == null && slice.RecalledAt == null)
            .ToListAsync(cancellationToken);
        foreach (var slice in slices)
        {
            slice.RecalledAt = now;
        }

        return slices.Count;
    }

    /// <summary>The slices of a gateway that are called back.</summary>
    public static async Task<IReadOnlyList<SliceRecall>> OfGatewayAsync(PricingDb db, string gatewayId, CancellationToken cancellationToken) =>
        await db.Slices
            .Where(slice => slice.GatewayId == gatewayId && slice.EndedAt == null && slice.RecalledAt != null)
            .OrderBy(slice => slice.SliceId)
            .Select(slice => new SliceRecall(slice.SliceId, slice.KeyId))
            .ToListAsync(cancellationToken);
}
