using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using ImageToText.Contracts;
using ImageToText.Contracts.Client;
using ImageToText.Contracts.Ledger;
using ImageToText.Gateway.Admission;
using ImageToText.Gateway.Billing;
using ImageToText.Gateway.Dialects.Native;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Intake;
using ImageToText.Gateway.Live;
using ImageToText.Gateway.Nodes;
using ImageToText.Gateway.Registry;
using ImageToText.Gateway.Selection;

namespace ImageToText.Gateway.Operations;

/// <summary>
/// What the people who run the network see and do. This gateway's own figures come from here. Everything else comes from the
/// pricing service, asked with the operator's key.
/// </summary>
internal sealed class OperationsEndpoints(
    JsonAnswers answers,
    RequestAuthorizer authorizer,
    OperatorPricing pricing,
    NodeModels models,
    Network network,
    LiveWindow window,
    RecentErrors errors,
    PictureIntake intake,
    UsageJournal journal,
    LedgerShipper shipper,
    GatewayIdentity identity
)
{
    private static readonly OperationsJson Json = OperationsJson.Default;

    /// <summary>GET /operations/session: whether the page must ask its visitor for a key.</summary>
    public Task SessionAsync(HttpContext http) =>
        http.Response.WriteAsJsonAsync(
            new OperatorSession(NeedsKey: !authorizer.IsLentOperatorToken(http)),
            Json.OperatorSession,
            cancellationToken: http.RequestAborted
        );

    /// <summary>GET /operations/live?after: what this gateway did in the last minutes.</summary>
    public Task LiveAsync(HttpContext http) =>
        AnswerAsync(
            http,
            Json.LiveFigures,
            _ =>
            {
                var (until, seconds) = window.Read(After(http));
                var records = journal.Records;
                return Task.FromResult(
                    new LiveFigures(
                        identity.Id,
                        until,
                        seconds,
                        window.Summarize(),
                        window.InFlight,
                        intake.Room.Held,
                        intake.Room.Limit,
                        records.Durable != records.Shipped,
                        [.. network.View.Snapshot.Nodes.Select(node => Seen(network.StatsOf(node.NodeId)))],
                        errors.Read()
                    )
                );
            }
        );

    /// <summary>GET /operations/nodes.</summary>
    public Task NodesAsync(HttpContext http) =>
        AnswerAsync(http, Json.IReadOnlyListNodeInfo, cancellationToken => pricing.Of(http).GetNodesAsync(cancellationToken));

    /// <summary>PUT /operations/nodes/{node}/state.</summary>
    public Task SetNodeStateAsync(HttpContext http) =>
        AnswerAsync(
            http,
            Json.NodeInfo,
            async cancellationToken =>
            {
                var change = await JsonAnswers.ReadAsync(http, Json.NodeStateChange);
                return await pricing.Of(http).SetNodeStateAsync(Named(http, "node"), change.State, cancellationToken);
            }
        );

    /// <summary>GET /operations/nodes/{node}/models: as the node reports them.</summary>
    public Task NodeModelsAsync(HttpContext http) =>
        AnswerAsync(http, NodeApiJson.Default.ServedModels, cancellationToken => models.ListAsync(Named(http, "node"), cancellationToken));

    /// <summary>POST /operations/nodes/{node}/models/load.</summary>
    public Task LoadModelAsync(HttpContext http) => ChangeModelAsync(http, models.LoadAsync);

    /// <summary>POST /operations/nodes/{node}/models/unload.</summary>
    public Task UnloadModelAsync(HttpContext http) => ChangeModelAsync(http, models.UnloadAsync);

    /// <summary>GET /operations/models/requests.</summary>
    public Task ModelRequestsAsync(HttpContext http) =>
        AnswerAsync(http, Json.IReadOnlyListModelRequest, cancellationToken => pricing.Of(http).GetModelRequestsAsync(cancellationToken));

    /// <summary>POST /operations/models/requests.</summary>
    public Task RequestModelAsync(HttpContext http) =>
        AnswerAsync(
            http,
            Json.ModelRequest,
            async cancellationToken =>
            {
                var body = await JsonAnswers.ReadAsync(http, Json.ModelRequestBody);
                return await pricing.Of(http).RequestModelAsync(body, cancellationToken: cancellationToken);
            },
            StatusCodes.Status202Accepted
        );

    /// <summary>GET /operations/prices.</summary>
    public Task PricesAsync(HttpContext http) =>
        AnswerAsync(
            http,
            Json.OperatorPrices,
            async cancellationToken =>
            {
                var list = await pricing.Of(http).GetPricesAsync(cancellationToken);
                return new OperatorPrices(list.Recommended, list.Set, list.Effective, list.ExchangeRate, network.View.Snapshot.Caps);
            }
        );

    /// <summary>PUT /operations/prices.</summary>
    public Task SetPriceAsync(HttpContext http) =>
        AnswerAsync(
            http,
            Json.PriceHistoryEntry,
            async cancellationToken =>
            {
                var change = await JsonAnswers.ReadAsync(http, Json.PriceChange);
                return await pricing.Of(http).SetPriceAsync(change, cancellationToken);
            }
        );

    /// <summary>GET /operations/prices/history?node_id&amp;model_id.</summary>
    public Task PriceHistoryAsync(HttpContext http) =>
        AnswerAsync(
            http,
            Json.IReadOnlyListPriceHistoryEntry,
            cancellationToken => pricing.Of(http).GetPriceHistoryAsync(Query(http, "node_id"), Query(http, "model_id"), cancellationToken)
        );

    /// <summary>GET /operations/usage?from&amp;to&amp;key_id&amp;model_id&amp;node_id&amp;group_by: for all keys.</summary>
    public Task UsageAsync(HttpContext http) =>
        AnswerAsync(
            http,
            Json.UsageReport,
            async cancellationToken =>
            {
                var query = new UsageQuery
                {
                    From = JsonAnswers.Day(http, "from"),
                    To = JsonAnswers.Day(http, "to"),
                    KeyId = Query(http, "key_id"),
                    ModelId = Query(http, "model_id"),
                    NodeId = Query(http, "node_id"),
                    GroupBy = Dimensions(Query(http, "group_by")),
                };
                // The answer includes what this gateway has delivered until now.
                await shipper.CatchUpAsync(cancellationToken);
                return await pricing.Of(http).GetUsageAsync(query, cancellationToken);
            }
        );

    /// <summary>GET /operations/keys.</summary>
    public Task KeysAsync(HttpContext http) =>
        AnswerAsync(http, Json.IReadOnlyListKeyInfo, cancellationToken => pricing.Of(http).GetKeysAsync(cancellationToken));

    /// <summary>POST /operations/keys.</summary>
    public Task CreateKeyAsync(HttpContext http) =>
        AnswerAsync(
            http,
            Json.CreatedKey,
            async cancellationToken =>
            {
                var settings = await JsonAnswers.ReadAsync(http, Json.KeySettings);
                return await pricing.Of(http).CreateKeyAsync(settings, cancellationToken);
            },
            StatusCodes.Status201Created
        );

    /// <summary>PUT /operations/keys/{key}: replaces its settings.</summary>
    public Task ChangeKeyAsync(HttpContext http) =>
        AnswerAsync(
            http,
            Json.KeyInfo,
            async cancellationToken =>
            {
                var settings = await JsonAnswers.ReadAsync(http, Json.KeySettings);
                return await pricing.Of(http).UpdateKeyAsync(Named(http, "key"), settings, cancellationToken);
            }
        );

    /// <summary>POST /operations/keys/{key}/rotate.</summary>
    public Task RotateKeyAsync(HttpContext http) =>
        AnswerAsync(
            http,
            Json.CreatedKey,
            async cancellationToken =>
            {
                var rotation = await JsonAnswers.ReadAsync(http, Json.KeyRotation);
                return await pricing.Of(http).RotateKeyAsync(Named(http, "key"), rotation, cancellationToken);
            }
        );

    /// <summary>DELETE /operations/keys/{key}.</summary>
    public Task RevokeKeyAsync(HttpContext http) =>
        AnswerAsync(
            http,
            Json.RevokedKey,
            async cancellationToken =>
            {
                string key = Named(http, "key");
                await pricing.Of(http).RevokeKeyAsync(key, cancellationToken);
                return new RevokedKey(key);
            }
        );

    private static LiveNode Seen(NodeStats node)
    {
        double[]? latency = node.Latencies.Percentiles(1, 0.5, 0.95);
        var standing = node.ActivelyUnhealthy
            ? LiveStanding.Unwell
            : node.Suspension.State switch
            {
                SuspensionState.Open => LiveStanding.Open,
                SuspensionState.Probe => LiveStanding.Probing,
                _ => LiveStanding.Suspended,
            };
        return new LiveNode(
            node.Id,
            node.InFlight,
            standing,
            node.Suspension.Faults,
            Math.Round(node.BusyFor.TotalSeconds, 1),
            Rounded(latency?[0]),
            Rounded(latency?[1])
        );
    }

    private static double? Rounded(double? milliseconds) => milliseconds is { } value ? Math.Round(value, 1) : null;

    private static string Named(HttpContext http, string name) => (string)http.GetRouteValue(name)!;

    private static string? Query(HttpContext http, string name) => JsonAnswers.Text(http.Request.Query[name]);

    private static long After(HttpContext http) =>
        Query(http, "after") is not { } text ? 0
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long after) ? after
        : throw Refusals.BadRequest("'after' must be the 'until' of an earlier answer.", "after");

    private static IReadOnlyList<UsageDimension> Dimensions(string? text)
    {
        try
        {
            return UsageDimensions.Parse(text);
        }
        catch (FormatException unknown)
        {
            throw Refusals.BadRequest(unknown.Message, "group_by", unknown);
        }
    }

    private Task ChangeModelAsync(HttpContext http, Func<string, string, CancellationToken, Task<ServedModel>> change) =>
        AnswerAsync(
            http,
            NodeApiJson.Default.ServedModel,
            async cancellationToken =>
            {
                var choice = await JsonAnswers.ReadAsync(http, Json.NamedModel);
                string model = JsonAnswers.Text(choice.ModelId) ?? throw Refusals.BadRequest("'model_id' must name the model.", "model_id");
                return await change(Named(http, "node"), model, cancellationToken);
            },
            timeout: NodeModels.LoadTimeout + TimeSpan.FromSeconds(5)
        );

    private Task AnswerAsync<T>(
        HttpContext http,
        JsonTypeInfo<T> type,
        Func<CancellationToken, Task<T>> answer,
        int status = StatusCodes.Status200OK,
        TimeSpan? timeout = null
    ) =>
        answers.AnswerAsync(
            http,
            authorizer.AdmitOperatorAsync,
            type,
            async (_, cancellationToken) =>
            {
                try
                {
                    return await answer(cancellationToken);
                }
                catch (PricingException refused) when ((int)refused.Status is 401 or 403)
                {
                    // It is the operator's own key, and it was valid here a moment ago.
                    throw Refusals.UnknownKey();
                }
            },
            status,
            timeout
        );
}
