using System.ComponentModel;
using ImageToText.Contracts.Prices;
using ImageToText.Contracts.Quotes;
using ImageToText.PricingService.Access;
using ImageToText.PricingService.Errors;
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
        quotes.QuoteAsync(
            QueryNumbers.Required<int>(query.Width, "width"),
            QueryNumbers.Required<int>(query.Height, "height"),
            query.ModelId,
            QueryNumbers.Read<decimal>(query.MaxUsdPerPixel, "max_price_per_pixel"),
            QueryNumbers.Read<int>(query.Sequences, "num_return_sequences") ?? 1,
            cancellationToken
        );

    /// <summary>What is to be quoted.</summary>
    internal sealed class QuoteQuery
    {
        [FromQuery(Name = "width"), ReadAs(typeof(int), isRequired: true), Description("The picture's width in pixels.")]
        public string? Width { get; init; }

        [FromQuery(Name = "height"), ReadAs(typeof(int), isRequired: true), Description("The picture's height in pixels.")]
        public string? Height { get; init; }

        [FromQuery(Name = "model_id"), Description("The model. Default: the network's default model.")]
        public string? ModelId { get; init; }

        [FromQuery(Name = "max_price_per_pixel"), ReadAs(typeof(decimal)), Description("The maximum price to pay, in USD per input pixel.")]
        public string? MaxUsdPerPixel { get; init; }

        [
            FromQuery(Name = "num_return_sequences"),
            ReadAs(typeof(int)),
            Description("How many captions of the picture are wanted; each costs the price. Default: 1.")
        ]
        public string? Sequences { get; init; }
    }
}
