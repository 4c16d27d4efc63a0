using System.ComponentModel;
using System.Globalization;
using ImageToText.Contracts;
using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Catalogue;
using ImageToText.Contracts.Jobs;
using ImageToText.Contracts.Ledger;
using ImageToText.Contracts.Prices;
using ImageToText.Contracts.Registry;
using ImageToText.Gateway.Admission;
using ImageToText.Gateway.Billing;
using ImageToText.Gateway.Catalogue;
using ImageToText.Gateway.Dialects.Native;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Jobs;
using ImageToText.Gateway.Live;
using ImageToText.Gateway.Nodes;
using ImageToText.Gateway.Registry;
using ImageToText.ServiceDefaults.OpenApi;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace ImageToText.Gateway.Operations;

/// <summary>
/// What the people who run the network see and do. This gateway's own figures come from here. Everything else comes from the
/// pricing service, asked with the operator's key.
/// </summary>
internal static class OperationsEndpoints
{
    private const string Json = "application/json";
    private const string BadBody = "The body can't be used; the message says why.";
    private const string NotJson = "The body is not JSON.";
    private const string NoNode = "The node, or the model on it, does not exist.";
    private const string PlainNode = "The node speaks the plain runner API, which can't load models.";
    private const string NodeFailed = "The node failed.";
    private const string NoKey = "There is no such key.";

    private static readonly OperationsJson Bodies = OperationsJson.Default;

    public static void MapOperations(this IEndpointRouteBuilder routes)
    {
        var operations = routes.MapGroup("/operations").WithTags("Operating");
        operations.MapGet("/session", Session).WithName("operationsSession");

        var guarded = operations.MapGroup("").Admit(Audience.Operators);
        guarded.MapGet("/live", Live).WithName("operationsLive");
        guarded.MapGet("/nodes", NodesAsync).WithName("operationsNodes");
        guarded.MapPut("/nodes/{node}/state", SetNodeStateAsync).WithName("operationsSetNodeState");
        guarded.MapGet("/nodes/{node}/models", NodeModelsAsync).WithName("operationsNodeModels");
        guarded.MapGet("/models/requests", ModelRequestsAsync).WithName("operationsModelRequests");
        guarded.MapPost("/models/requests", RequestModelAsync).WithName("operationsRequestModel");
        guarded.MapGet("/prices", PricesAsync).WithName("operationsPrices");
        guarded.MapPut("/prices", SetPriceAsync).WithName("operationsSetPrice");
        guarded.MapGet("/prices/history", PriceHistoryAsync).WithName("operationsPriceHistory");
        guarded.MapGet("/usage", UsageAsync).WithName("operationsUsage");
        guarded.MapStatements();
        guarded.MapGet("/jobs", JobsAsync).WithName("operationsJobs");
        guarded.MapPost("/jobs/{job}/cancel", CancelJobAsync).WithName("operationsCancelJob");
        guarded.MapGet("/keys", KeysAsync).WithName("operationsKeys");
        guarded.MapPost("/keys", CreateKeyAsync).WithName("operationsCreateKey");
        guarded.MapPut("/keys/{key}", ChangeKeyAsync).WithName("operationsChangeKey");
        guarded.MapPost("/keys/{key}/rotate", RotateKeyAsync).WithName("operationsRotateKey");
        guarded.MapDelete("/keys/{key}", RevokeKeyAsync).WithName("operationsRevokeKey");

        var slow = operations.MapGroup("/nodes/{node}/models").Admit(Audience.Operators, NodeModels.LoadTimeout + TimeSpan.FromSeconds(5));
        slow.MapPost("/load", LoadModelAsync).WithName("operationsLoadModel");
        slow.MapPost("/unload", UnloadModelAsync).WithName("operationsUnloadModel");
    }

    /// <summary>Check whether the operations page must ask for a key.</summary>
    internal static Ok<OperatorSession> Session(HttpContext http, RequestAuthorizer authorizer) =>
        TypedResults.Ok(new OperatorSession(NeedsKey: !authorizer.IsLentOperatorToken(http)));

    /// <summary>Get this gateway's figures for the last minutes.</summary>
    /// <remarks>
    /// At most 300 seconds one by one, sums of the last minute, the nodes as this gateway sees them, and the latest 200 errors. Other
    /// gateways have their own figures. Requires the scope operate.
    /// </remarks>
    [Refuses(StatusCodes.Status400BadRequest, "'after' can't be read.")]
    internal static Ok<LiveFigures> Live(
        [ReadAs(typeof(long)), Description("The 'until' of the previous answer. Only later seconds are returned.")] string? after,
        LiveReport report
    ) =>
        TypedResults.Ok(
            report.Read(
                JsonRoutes.Text(after) is not { } text ? 0
                : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long second) ? second
                : throw Refusals.BadRequest("'after' must be the 'until' of an earlier answer.", "after")
            )
        );

    /// <summary>List all nodes with their models, prices and queues.</summary>
    internal static async Task<Ok<IReadOnlyList<NodeInfo>>> NodesAsync(HttpContext http, OperatorPricing pricing) =>
        TypedResults.Ok(await pricing.Of(http).GetNodesAsync(http.RequestAborted));

    /// <summary>Activate, drain or disable a node.</summary>
    /// <remarks>
    /// active: the node gets work. draining: it finishes its work and gets no more. disabled: it is taken out of the network.
    /// </remarks>
    [Reads(typeof(NodeStateChange), Json)]
    [Refuses(StatusCodes.Status400BadRequest, BadBody)]
    [Refuses(StatusCodes.Status404NotFound, "There is no such node.")]
    [Refuses(StatusCodes.Status415UnsupportedMediaType, NotJson)]
    internal static async Task<Ok<NodeInfo>> SetNodeStateAsync(
        [Description("The node.")] string node,
        HttpContext http,
        OperatorPricing pricing
    )
    {
        var change = await JsonRoutes.ReadAsync(http, Bodies.NodeStateChange);
        return TypedResults.Ok(await pricing.Of(http).SetNodeStateAsync(node, change.State, http.RequestAborted));
    }

    /// <summary>List a node's models, as reported by the node.</summary>
    [Refuses(StatusCodes.Status404NotFound, NoNode)]
    [Refuses(StatusCodes.Status409Conflict, PlainNode)]
    [Refuses(StatusCodes.Status502BadGateway, NodeFailed)]
    internal static async Task<Ok<ServedModels>> NodeModelsAsync(
        [Description("The node.")] string node,
        NodeModels models,
        CancellationToken cancellationToken
    ) => TypedResults.Ok(await models.ListAsync(node, cancellationToken));

    /// <summary>Load a model on a node.</summary>
    /// <remarks>Answers once the model is loaded.</remarks>
    [Reads(typeof(NamedModel), Json)]
    [Refuses(StatusCodes.Status400BadRequest, BadBody)]
    [Refuses(StatusCodes.Status404NotFound, NoNode)]
    [Refuses(StatusCodes.Status409Conflict, PlainNode)]
    [Refuses(StatusCodes.Status415UnsupportedMediaType, NotJson)]
    [Refuses(StatusCodes.Status502BadGateway, NodeFailed)]
    internal static async Task<Ok<ServedModel>> LoadModelAsync(
        [Description("The node.")] string node,
        HttpContext http,
        NodeModels models
    ) => TypedResults.Ok(await models.LoadAsync(node, await ModelOfAsync(http), http.RequestAborted));

    /// <summary>Unload a model from a node.</summary>
    /// <remarks>Answers once the captions under way have ended. The next request for the model loads it again.</remarks>
    [Reads(typeof(NamedModel), Json)]
    [Refuses(StatusCodes.Status400BadRequest, BadBody)]
    [Refuses(StatusCodes.Status404NotFound, NoNode)]
    [Refuses(StatusCodes.Status409Conflict, PlainNode)]
    [Refuses(StatusCodes.Status415UnsupportedMediaType, NotJson)]
    [Refuses(StatusCodes.Status502BadGateway, NodeFailed)]
    internal static async Task<Ok<ServedModel>> UnloadModelAsync(
        [Description("The node.")] string node,
        HttpContext http,
        NodeModels models
    ) => TypedResults.Ok(await models.UnloadAsync(node, await ModelOfAsync(http), http.RequestAborted));

    /// <summary>List all model requests with their verification steps.</summary>
    internal static async Task<Ok<IReadOnlyList<ModelRequest>>> ModelRequestsAsync(HttpContext http, OperatorPricing pricing) =>
        TypedResults.Ok(await pricing.Of(http).GetModelRequestsAsync(http.RequestAborted));

    /// <summary>Ask for a model to be verified.</summary>
    [Reads(typeof(ModelRequestBody), Json)]
    [Refuses(StatusCodes.Status400BadRequest, BadBody)]
    [Refuses(StatusCodes.Status415UnsupportedMediaType, NotJson)]
    internal static async Task<Accepted<ModelRequest>> RequestModelAsync(HttpContext http, OperatorPricing pricing)
    {
        var body = await JsonRoutes.ReadAsync(http, Bodies.ModelRequestBody);
        var request = await pricing.Of(http).RequestModelAsync(body, cancellationToken: http.RequestAborted);
        return TypedResults.Accepted((string?)null, request);
    }

    /// <summary>List prices in force, prices set, caps and the exchange rate.</summary>
    internal static async Task<Ok<OperatorPrices>> PricesAsync(HttpContext http, OperatorPricing pricing, Network network)
    {
        var list = await pricing.Of(http).GetPricesAsync(http.RequestAborted);
        return TypedResults.Ok(
            new OperatorPrices(list.Recommended, list.Set, list.Effective, list.ExchangeRate, network.View.Snapshot.Caps)
        );
    }

    /// <summary>Set or withdraw a price.</summary>
    /// <remarks>
    /// Applies to a model of a node, a node, a model or, without either, everything. Without a price, the set one is withdrawn. Takes
    /// effect at once, for requests priced from then on.
    /// </remarks>
    [Reads(typeof(PriceChange), Json)]
    [Refuses(StatusCodes.Status400BadRequest, BadBody)]
    [Refuses(StatusCodes.Status404NotFound, "There is no such price.")]
    [Refuses(StatusCodes.Status415UnsupportedMediaType, NotJson)]
    internal static async Task<Ok<PriceHistoryEntry>> SetPriceAsync(HttpContext http, OperatorPricing pricing)
    {
        var change = await JsonRoutes.ReadAsync(http, Bodies.PriceChange);
        return TypedResults.Ok(await pricing.Of(http).SetPriceAsync(change, http.RequestAborted));
    }

    /// <summary>List the prices that were set, newest first.</summary>
    internal static async Task<Ok<IReadOnlyList<PriceHistoryEntry>>> PriceHistoryAsync(
        [FromQuery(Name = "node_id"), Description("Only this node.")] string? nodeId,
        [FromQuery(Name = "model_id"), Description("Only this model.")] string? modelId,
        HttpContext http,
        OperatorPricing pricing
    ) =>
        TypedResults.Ok(
            await pricing.Of(http).GetPriceHistoryAsync(JsonRoutes.Text(nodeId), JsonRoutes.Text(modelId), http.RequestAborted)
        );

    /// <summary>Get everyone's spend, broken down.</summary>
    [Refuses(StatusCodes.Status400BadRequest, "A day or a dimension can't be read.")]
    internal static async Task<Ok<UsageReport>> UsageAsync(
        [AsParameters] UsageFilter filter,
        [AsParameters] UsagePeriod period,
        HttpContext http,
        LedgerShipper shipper,
        OperatorPricing pricing
    )
    {
        var query = filter.ToQuery(period);
        // The answer includes what this gateway has delivered until now.
        await shipper.CatchUpAsync(http.RequestAborted);
        return TypedResults.Ok(await pricing.Of(http).GetUsageAsync(query, http.RequestAborted));
    }

    /// <summary>List everyone's latest jobs and batches.</summary>
    /// <remarks>At most 50, newest first.</remarks>
    internal static async Task<Ok<JobList>> JobsAsync(JobDesk jobs, CancellationToken cancellationToken) =>
        TypedResults.Ok(await jobs.LatestAsync(cancellationToken));

    /// <summary>Cancel anyone's job or batch.</summary>
    /// <remarks>Pictures under way still end, and are charged.</remarks>
    [Refuses(StatusCodes.Status404NotFound, "There is no such job.")]
    internal static async Task<Ok<JobInfo>> CancelJobAsync(
        [Description("The job's id.")] string job,
        JobDesk jobs,
        CancellationToken cancellationToken
    ) => TypedResults.Ok(await jobs.CancelAsync(job, cancellationToken));

    /// <summary>List all API keys with their budgets and spend.</summary>
    /// <remarks>Secrets are never included.</remarks>
    internal static async Task<Ok<IReadOnlyList<KeyInfo>>> KeysAsync(HttpContext http, OperatorPricing pricing) =>
        TypedResults.Ok(await pricing.Of(http).GetKeysAsync(http.RequestAborted));

    /// <summary>Create an API key.</summary>
    /// <remarks>Only this answer contains the secret.</remarks>
    [Reads(typeof(KeySettings), Json)]
    [Refuses(StatusCodes.Status400BadRequest, BadBody)]
    [Refuses(StatusCodes.Status415UnsupportedMediaType, NotJson)]
    internal static async Task<Created<CreatedKey>> CreateKeyAsync(HttpContext http, OperatorPricing pricing)
    {
        var settings = await JsonRoutes.ReadAsync(http, Bodies.KeySettings);
        return TypedResults.Created((string?)null, await pricing.Of(http).CreateKeyAsync(settings, http.RequestAborted));
    }

    /// <summary>Replace an API key's settings.</summary>
    /// <remarks>
    /// Replaces all settings: limits that you leave out no longer apply. Takes effect everywhere at once. Secret and spend stay.
    /// </remarks>
    [Reads(typeof(KeySettings), Json)]
    [Refuses(StatusCodes.Status400BadRequest, BadBody)]
    [Refuses(StatusCodes.Status404NotFound, NoKey)]
    [Refuses(StatusCodes.Status415UnsupportedMediaType, NotJson)]
    internal static async Task<Ok<KeyInfo>> ChangeKeyAsync(
        [Description("The key's id.")] string key,
        HttpContext http,
        OperatorPricing pricing
    )
    {
        var settings = await JsonRoutes.ReadAsync(http, Bodies.KeySettings);
        return TypedResults.Ok(await pricing.Of(http).UpdateKeyAsync(key, settings, http.RequestAborted));
    }

    /// <summary>Give an API key a new secret.</summary>
    /// <remarks>
    /// Only this answer contains it. The old secret works for another overlap_seconds. Id, settings and spend stay.
    /// </remarks>
    [Reads(typeof(KeyRotation), Json)]
    [Refuses(StatusCodes.Status400BadRequest, BadBody)]
    [Refuses(StatusCodes.Status404NotFound, NoKey)]
    [Refuses(StatusCodes.Status409Conflict, "The key is revoked.")]
    [Refuses(StatusCodes.Status415UnsupportedMediaType, NotJson)]
    internal static async Task<Ok<CreatedKey>> RotateKeyAsync(
        [Description("The key's id.")] string key,
        HttpContext http,
        OperatorPricing pricing
    )
    {
        var rotation = await JsonRoutes.ReadAsync(http, Bodies.KeyRotation);
        return TypedResults.Ok(await pricing.Of(http).RotateKeyAsync(key, rotation, http.RequestAborted));
    }

    /// <summary>Revoke an API key permanently.</summary>
    [Refuses(StatusCodes.Status404NotFound, NoKey)]
    internal static async Task<Ok<RevokedKey>> RevokeKeyAsync(
        [Description("The key's id.")] string key,
        HttpContext http,
        OperatorPricing pricing
    )
    {
        await pricing.Of(http).RevokeKeyAsync(key, http.RequestAborted);
        return TypedResults.Ok(new RevokedKey(key));
    }

    private static async Task<string> ModelOfAsync(HttpContext http) =>
        JsonRoutes.Text((await JsonRoutes.ReadAsync(http, Bodies.NamedModel)).ModelId)
        ?? throw Refusals.BadRequest("'model_id' must name the model.", "model_id");
}
