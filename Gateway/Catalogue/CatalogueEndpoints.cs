using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using ImageToText.Contracts;
using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Client;
using ImageToText.Contracts.Ledger;
using ImageToText.Gateway.Admission;
using ImageToText.Gateway.Billing;
using ImageToText.Gateway.Dialects.Native;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Pipeline;
using ImageToText.Gateway.Registry;

namespace ImageToText.Gateway.Catalogue;

/// <summary>
/// What callers may ask before and after a caption: quotes, models, prices, their own spend; and requests for a model.
/// </summary>
internal sealed class CatalogueEndpoints(
    JsonAnswers answers,
    RequestAuthorizer authorizer,
    Network network,
    PricingClient pricing,
    LedgerShipper shipper
)
{
    /// <summary>GET /quote?width&amp;height&amp;model_id&amp;max_price_per_pixel&amp;num_return_sequences.</summary>
    public Task QuoteAsync(HttpContext http) =>
        AnswerAsync(
            http,
            GatewayApiJson.Default.Quote,
            (caller, _) =>
            {
                var view = network.View;
                var query = http.Request.Query;
                string model = ModelAndCapStep.ModelOf(view, JsonAnswers.Text(query["model_id"]));
                if (!view.Knows(model))
                {
                    throw Refusals.UnknownModel(model);
                }

                decimal? cap = CaptionParameters.ReadPrice("max_price_per_pixel", query["max_price_per_pixel"]);
                return Task.FromResult(
                    QuoteBuilder.Build(
                        view,
                        Side(http, "width"),
                        Side(http, "height"),
                        model,
                        CaptionParameters
                            .Read(option => option == CaptionOptionTable.NumReturnSequences ? query[option.Name].ToString() : null)
                            .Sequences,
                        ModelAndCapStep.Least(cap, caller.MaxUsdPerPixel),
                        network.AsOf
                    )
                );
            }
        );

    /// <summary>GET /models.</summary>
    public Task ModelsAsync(HttpContext http) =>
        AnswerAsync(http, GatewayApiJson.Default.ModelCatalogue, (_, cancellationToken) => pricing.GetModelsAsync(cancellationToken));

    /// <summary>GET /models/{id}.</summary>
    public Task ModelAsync(HttpContext http, string modelId) =>
        AnswerAsync(
            http,
            GatewayApiJson.Default.CatalogueModel,
            async (_, cancellationToken) => await pricing.GetModelAsync(modelId, cancellationToken) ?? throw Refusals.UnknownModel(modelId)
        );

    /// <summary>POST /models/requests.</summary>
    public Task RequestModelAsync(HttpContext http) =>
        answers.AnswerAsync(
            http,
            authorizer.AdmitModelRequestAsync,
            GatewayApiJson.Default.ModelRequest,
            async (caller, cancellationToken) =>
            {
                var body = await JsonAnswers.ReadAsync(http, GatewayApiJson.Default.ModelRequestBody);
                // Checked here, because the pricing service only sees the gateway.
                return body.Expectations is { Count: > 0 } && !caller.Scopes.Contains(KeyScope.Operate)
                    ? throw Refusals.ExpectationsNotAllowed()
                    : await pricing.RequestModelAsync(body, caller.KeyId, cancellationToken);
            },
            StatusCodes.Status202Accepted
        );

    /// <summary>GET /models/requests/{id}.</summary>
    public Task ModelRequestAsync(HttpContext http, string requestId) =>
        AnswerAsync(
            http,
            GatewayApiJson.Default.ModelRequest,
            async (_, cancellationToken) =>
                await pricing.GetModelRequestAsync(requestId, cancellationToken)
                ?? throw Refusals.NotFound("No model request has this id: POST /models/requests makes one.")
        );

    /// <summary>GET /prices.</summary>
    public Task PricesAsync(HttpContext http) =>
        AnswerAsync(http, GatewayApiJson.Default.PriceList, (_, cancellationToken) => pricing.GetPricesAsync(cancellationToken));

    /// <summary>GET /usage?from&amp;to&amp;model_id: the caller's own.</summary>
    public Task UsageAsync(HttpContext http) =>
        AnswerAsync(
            http,
            GatewayApiJson.Default.OwnUsage,
            async (caller, cancellationToken) =>
            {
                await shipper.CatchUpAsync(cancellationToken);
                var query = new UsageQuery
                {
                    KeyId = caller.KeyId,
                    From = JsonAnswers.Day(http, "from"),
                    To = JsonAnswers.Day(http, "to"),
                    ModelId = JsonAnswers.Text(http.Request.Query["model_id"]),
                    GroupBy = [UsageDimension.Day, UsageDimension.Model],
                };
                var report = await pricing.GetUsageAsync(query, cancellationToken);
                var key = await pricing.GetKeyAsync(caller.KeyId, cancellationToken);
                return new OwnUsage(caller.KeyId, report, key?.Spend);
            }
        );

    private static int Side(HttpContext http, string name) =>
        int.TryParse(http.Request.Query[name], NumberStyles.None, CultureInfo.InvariantCulture, out int side) && side > 0
            ? side
            : throw Refusals.BadRequest($"'{name}' must be given as a whole number of pixels above zero.", name);

    private Task AnswerAsync<T>(
        HttpContext http,
        JsonTypeInfo<T> type,
        Func<KeyGrant, CancellationToken, Task<T>> answer,
        int status = StatusCodes.Status200OK
    ) => answers.AnswerAsync(http, authorizer.IdentifyAsync, type, answer, status);
}
