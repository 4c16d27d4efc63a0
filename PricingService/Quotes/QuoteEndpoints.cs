using System.ComponentModel;
using ImageToText.Contracts.Prices;
using ImageToText.Contracts.Quotes;
using ImageToText.PricingService.Access;
using ImageToText.ServiceDefaults.OpenApi;
using Microsoft.AspNetCore.Mvc;

namespace ImageToText.PricingService.Quotes;

/// <summary>The routes of prices in force and of quotes.</summary>
internal static class QuoteEndpoints
{
    private const Callers Anyone = Callers.Services | Callers.Operators | Callers.Keys;

    public static void MapQuotes(this IEndpointRouteBuilder routes)
    {
        var quotes = routes.MapGroup("").WithTags("Prices").RequireCaller(Anyone);
        quotes.MapGet("/prices", ListAsync);
        quotes.MapGet("/quote", QuoteAsync);
    }

    /// <summary>List prices in force and the exchange rate.</summary>
    internal static Task<PriceList> ListAsync(QuoteService quotes, CancellationToken cancellationToken) =>
        quotes.ListAsync(cancellationToken);

    /// <summary>Quote the price of a picture, cheapest offer first.</summary>
    [Refuses(StatusCodes.Status400BadRequest, "A parameter is missing or out of range.")]
    [Refuses(StatusCodes.Status404NotFound, "No node offers the model.")]
    internal static Task<Quote> QuoteAsync([AsParameters] QuoteQuery query, QuoteService quotes, CancellationToken cancellationToken) =>
        quotes.QuoteAsync(query.Width, query.Height, query.ModelId, query.MaxUsdPerPixel, query.Sequences ?? 1, cancellationToken);

    /// <summary>What is to be quoted.</summary>
    internal sealed class QuoteQuery
    {
        [FromQuery(Name = "width"), Description("The picture's width in pixels.")]
        public required int Width { get; init; }

        [FromQuery(Name = "height"), Description("The picture's height in pixels.")]
        public required int Height { get; init; }

        [FromQuery(Name = "model_id"), Description("The model. Default: the network's default model.")]
        public string? ModelId { get; init; }

        [FromQuery(Name = "max_price_per_pixel"), Description("The maximum price to pay, in USD per input pixel.")]
        public decimal? MaxUsdPerPixel { get; init; }

        [
            FromQuery(Name = "num_return_sequences"),
            Description("How many captions of the picture are wanted; each costs the price. Default: 1.")
        ]
        public int? Sequences { get; init; }
    }
}
