using System.ComponentModel;
using System.Globalization;
using ImageToText.Contracts;
using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Catalogue;
using ImageToText.Contracts.Client;
using ImageToText.Contracts.Ledger;
using ImageToText.Contracts.Prices;
using ImageToText.Contracts.Quotes;
using ImageToText.Gateway.Billing;
using ImageToText.Gateway.Dialects;
using ImageToText.Gateway.Dialects.Native;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Pipeline;
using ImageToText.Gateway.Registry;
using ImageToText.ServiceDefaults.OpenApi;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace ImageToText.Gateway.Catalogue;

/// <summary>
/// What callers may ask before and after a caption: quotes, models, prices, their own spend; and requests for a model.
/// </summary>
internal static class CatalogueEndpoints
{
    public static void MapCatalogue(this IEndpointRouteBuilder routes)
    {
        var catalogue = routes.MapGroup("").WithTags("Models, prices and spend");
        catalogue.MapGet("/quote", Quote).WithName("quote").Admit(Audience.Known);
        catalogue.MapGet("/models", ModelsAsync).WithName("models").Admit(Audience.Known);
        catalogue.MapPost("/models/requests", RequestModelAsync).WithName("requestModel").Admit(Audience.Counted);
        catalogue.MapGet("/models/requests/{id}", ModelRequestAsync).WithName("modelRequest").Admit(Audience.Known);
        catalogue.MapGet("/models/{**id}", ModelAsync).WithName("model").Admit(Audience.Known);
        catalogue.MapGet("/usage", UsageAsync).WithName("usage").Admit(Audience.Known);
        catalogue.MapGet("/prices", PricesAsync).WithName("prices").Admit(Audience.Known);
    }

    /// <summary>Quote the price of a picture.</summary>
    [Refuses(StatusCodes.Status400BadRequest, "The width, the height or the price cap is not valid.")]
    [Refuses(StatusCodes.Status422UnprocessableEntity, "num_return_sequences is out of range.")]
    [Refuses(StatusCodes.Status404NotFound, "No node offers the model.")]
    internal static Ok<Quote> Quote([AsParameters] QuoteQuery query, HttpContext http, Network network)
    {
        var view = network.View;
        string model = ModelAndCapStep.ModelOf(view, JsonRoutes.Text(query.ModelId));
        if (!view.Knows(model))
        {
            throw Refusals.UnknownModel(model);
        }

        decimal? cap = CaptionParameters.ReadPrice("max_price_per_pixel", query.MaxPricePerPixel);
        return TypedResults.Ok(
            QuoteBuilder.Build(
                view,
                Side(query.Width, "width"),
                Side(query.Height, "height"),
                model,
                CaptionParameters
                    .Read(option => option == CaptionOptionTable.NumReturnSequences ? query.NumReturnSequences : null)
                    .Sequences,
                ModelAndCapStep.Least(cap, http.Caller().MaxUsdPerPixel),
                network.AsOf
            )
        );
    }

    /// <summary>List the models.</summary>
    internal static async Task<Ok<ModelCatalogue>> ModelsAsync(PricingClient pricing, CancellationToken cancellationToken) =>
        TypedResults.Ok(await pricing.GetModelsAsync(cancellationToken));

    /// <summary>Get a model.</summary>
    [Refuses(StatusCodes.Status404NotFound, "There is no such model.")]
    internal static async Task<Ok<CatalogueModel>> ModelAsync(
        [Description("The model's id, such as org/name.")] string id,
        PricingClient pricing,
        CancellationToken cancellationToken
    )
    {
        string model = ModelIdInPath.Of(id);
        return TypedResults.Ok(await pricing.GetModelAsync(model, cancellationToken) ?? throw Refusals.UnknownModel(model));
    }

    /// <summary>Ask for a model to be verified.</summary>
    [Reads(typeof(ModelRequestBody), "application/json")]
    [Refuses(StatusCodes.Status400BadRequest, "The body can't be read.")]
    [Refuses(StatusCodes.Status403Forbidden, "The body has expectations, but the key lacks the scope operate.")]
    [Refuses(StatusCodes.Status415UnsupportedMediaType, "The body is not JSON.")]
    [Refuses(StatusCodes.Status429TooManyRequests, "Too many requests with this key.")]
    internal static async Task<Accepted<ModelRequest>> RequestModelAsync(
        HttpContext http,
        PricingClient pricing,
        CancellationToken cancellationToken
    )
    {
        var body = await JsonRoutes.ReadAsync(http, GatewayApiJson.Default.ModelRequestBody);
        var caller = http.Caller();
        // Checked here, because the pricing service only sees the gateway.
        return body.Expectations is { Count: > 0 } && !caller.Scopes.Contains(KeyScope.Operate)
            ? throw Refusals.ExpectationsNotAllowed()
            : TypedResults.Accepted((string?)null, await pricing.RequestModelAsync(body, caller.KeyId, cancellationToken));
    }

    /// <summary>Get the status of a model request.</summary>
    [Refuses(StatusCodes.Status404NotFound, "There is no such request.")]
    internal static async Task<Ok<ModelRequest>> ModelRequestAsync(
        [Description("The request's id.")] string id,
        PricingClient pricing,
        CancellationToken cancellationToken
    ) =>
        TypedResults.Ok(
            await pricing.GetModelRequestAsync(id, cancellationToken)
                ?? throw Refusals.NotFound("No model request has this id: POST /models/requests makes one.")
        );

    /// <summary>List the prices in force.</summary>
    internal static async Task<Ok<PriceList>> PricesAsync(PricingClient pricing, CancellationToken cancellationToken) =>
        TypedResults.Ok(await pricing.GetPricesAsync(cancellationToken));

    /// <summary>Get what the calling key has spent.</summary>
    [Refuses(StatusCodes.Status400BadRequest, "A day can't be read.")]
    internal static async Task<Ok<OwnUsage>> UsageAsync(
        [AsParameters] UsagePeriod period,
        HttpContext http,
        LedgerShipper shipper,
        PricingClient pricing,
        CancellationToken cancellationToken
    )
    {
        await shipper.CatchUpAsync(cancellationToken);
        string keyId = http.Caller().KeyId;
        var query = period.ToQuery() with { KeyId = keyId, GroupBy = [UsageDimension.Day, UsageDimension.Model] };
        var report = await pricing.GetUsageAsync(query, cancellationToken);
        var key = await pricing.GetKeyAsync(keyId, cancellationToken);
        return TypedResults.Ok(new OwnUsage(keyId, report, key?.Spend));
    }

    private static int Side(string? text, string name) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int side) && side > 0
            ? side
            : throw Refusals.BadRequest($"'{name}' must be given as a whole number of pixels above zero.", name);

    /// <summary>What is to be quoted, as it was written.</summary>
    internal sealed class QuoteQuery
    {
        [FromQuery(Name = "width"), ReadAs(typeof(int), isRequired: true), Description("The picture's width in pixels.")]
        public string? Width { get; init; }

        [FromQuery(Name = "height"), ReadAs(typeof(int), isRequired: true), Description("The picture's height in pixels.")]
        public string? Height { get; init; }

        [FromQuery(Name = "model_id"), Description("The model. Default: the network's default model.")]
        public string? ModelId { get; init; }

        [FromQuery(Name = "max_price_per_pixel"), ReadAs(typeof(decimal))]
        [Description("A price cap in USD per pixel. Offers say whether they are within it.")]
        public string? MaxPricePerPixel { get; init; }

        [FromQuery(Name = "num_return_sequences"), ReadAs(typeof(int))]
        [Description("How many captions of the picture you want; each costs the price. Default: 1.")]
        public string? NumReturnSequences { get; init; }
    }
}
