using ImageToText.Contracts.Prices;
using ImageToText.PricingService.Access;
using Microsoft.AspNetCore.Mvc;

namespace ImageToText.PricingService.Prices;

/// <summary>The routes of prices that operators set.</summary>
internal static class PriceEndpoints
{
    public static void MapPrices(this IEndpointRouteBuilder routes)
    {
        var prices = routes.MapGroup("").WithTags("Prices");
        prices.MapPut("/prices", SetAsync).RequireCaller(Callers.Operators).WithSummary("Set or withdraw a price");
        prices
            .MapGet("/prices/history", HistoryAsync)
            .RequireCaller(Callers.Operators)
            .WithSummary("List the prices that were set, newest first");
    }

    private static Task<PriceHistoryEntry> SetAsync(
        PriceChange change,
        PriceService prices,
        HttpContext http,
        CancellationToken cancellationToken
    ) => prices.SetAsync(change, http.Caller().KeyId, cancellationToken);

    private static Task<IReadOnlyList<PriceHistoryEntry>> HistoryAsync(
        [FromQuery(Name = "node_id")] string? nodeId,
        [FromQuery(Name = "model_id")] string? modelId,
        PriceService prices,
        CancellationToken cancellationToken
    ) => prices.HistoryAsync(nodeId, modelId, cancellationToken);
}
