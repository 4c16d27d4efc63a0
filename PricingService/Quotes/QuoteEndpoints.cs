using ImageToText.Contracts.Prices;
using ImageToText.Contracts.Quotes;
using ImageToText.PricingService.Access;
using Microsoft.AspNetCore.Mvc;

namespace ImageToText.PricingService.Quotes;

/// <summary>The routes of prices in force and of quotes.</summary>
internal static class QuoteEndpoints
{
    private const Callers Anyone = Callers.Services | Callers.Operators | Callers.Keys;

    public static void MapQuotes(this IEndpointRouteBuilder routes)
    {
        var quotes = routes.MapGroup("").WithTags("Prices").RequireCaller(Anyone);
        quotes.MapGet("/prices", ListAsync).WithSummary("List prices in force and the exchange rate");
        quotes.MapGet("/quote", QuoteAsync).WithSummary("Quote the price of a picture, cheapest offer first");
    }

    private static Task<PriceList> ListAsync(QuoteService quotes, CancellationToken cancellationToken) =>
        quotes.ListAsync(cancellationToken);

    private static Task<Quote> QuoteAsync(
        int width,
        int height,
        [FromQuery(Name = "model_id")] string? modelId,
        [FromQuery(Name = "max_price_per_pixel")] decimal? maxUsdPerPixel,
        QuoteService quotes,
        CancellationToken cancellationToken
    ) => quotes.QuoteAsync(width, height, modelId, maxUsdPerPixel, cancellationToken);
}
