using System.ComponentModel;
using ImageToText.Contracts.Prices;
using ImageToText.PricingService.Access;
using ImageToText.ServiceDefaults.OpenApi;
using Microsoft.AspNetCore.Mvc;

namespace ImageToText.PricingService.Prices;

/// <summary>The routes of prices that operators set.</summary>
internal static class PriceEndpoints
{
    public static void MapPrices(this IEndpointRouteBuilder routes)
    {
        var prices = routes.MapGroup("").WithTags("Prices");
        prices.MapPut("/prices", SetAsync).RequireCaller(Callers.Operators);
        prices.MapGet("/prices/history", HistoryAsync).RequireCaller(Callers.Operators);
    }

    /// <summary>Set or withdraw a price.</summary>
    [Refuses(StatusCodes.Status400BadRequest, "The body can't be used; the message says why.")]
    internal static Task<PriceHistoryEntry> SetAsync(
        PriceChange change,
        PriceService prices,
        HttpContext http,
        CancellationToken cancellationToken
    ) => prices.SetAsync(change, http.Caller().KeyId, cancellationToken);

    /// <summary>List the prices that were set, newest first.</summary>
    internal static Task<IReadOnlyList<PriceHistoryEntry>> HistoryAsync(
        [FromQuery(Name = "node_id"), Description("Only this node.")] string? nodeId,
        [FromQuery(Name = "model_id"), Description("Only this model.")] string? modelId,
        PriceService prices,
        CancellationToken cancellationToken
    ) => prices.HistoryAsync(nodeId, modelId, cancellationToken);
}
