using ImageToText.Contracts.Prices;
using ImageToText.PricingService.Access;
using Microsoft.AspNetCore.Mvc;

namespace ImageToText.PricingService.Prices;

/// <summary>The routes of prices and quotes.</summary>
internal static class PriceEndpoints
{
    private const Callers Anyone = Callers.Services | Callers.Operators | Callers.Keys;

    public static void MapPrices(this IEndpointRouteBuilder routes)
    {
        var prices = routes.MapGroup("").WithTags("Prices");
        prices.MapGet("/prices", ListAsync).RequireCaller(Anyone).WithSummary("Prices in force and the exchange rate");
        prices.MapPut("/prices", SetAsync).RequireCaller(Callers.Operators).WithSummary("Set or withdraw a price");
        prices
            .MapGet("/prices/history", HistoryAsync)
            .RequireCaller(Callers.Operators)
            .WithSummary("Prices that were set, the newest first");
        prices.MapGet("/quote", QuoteAsync).RequireCaller(Anyone).WithSummary("What a picture costs, cheapest first");
    }

    private static Task<PriceList> ListAsync(PriceService book, CancellationToken cancellationToken) => book.ListAsync(cancellationToken);

    private static Task<PriceHistoryEntry> SetAsync(
        PriceChange change,
        PriceService book,
        HttpContext http,
        CancellationToken cancellationToken
    ) => book.SetAsync(change, http.Caller().KeyId, cancellationToken);

    private static Task<IReadOnlyList<PriceHistoryEntry>> HistoryAsync(
        [FromQuery(Name = "node_id")] string? nodeId,
        [FromQuery(Name = "model_id")] string? modelId,
        PriceService book,
        CancellationToken cancellationToken
    ) => book.HistoryAsync(nodeId, modelId, cancellationToken);

    private static Task<Quote> QuoteAsync(
        int width,
        int height,
        [FromQuery(Name = "model_id")] string? modelId,
        [FromQuery(Name = "max_price_per_pixel")] decimal? maxUsdPerPixel,
        PriceService book,
        CancellationToken cancellationToken
    ) => book.QuoteAsync(width, height, modelId, maxUsdPerPixel, cancellationToken);
}
