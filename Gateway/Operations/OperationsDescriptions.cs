using ImageToText.Contracts;
using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Catalogue;
using ImageToText.Contracts.Ledger;
using ImageToText.Contracts.Prices;
using ImageToText.Contracts.Registry;
using ImageToText.Gateway.Live;
using ImageToText.Gateway.OpenApi;

namespace ImageToText.Gateway.Operations;

/// <summary>
/// The descriptions of operators' routes. Figures in the examples show the shape of an answer; no machine measured them.
/// </summary>
internal static class OperationsDescriptions
{
    private const string NodeExample = """
        {"node_id":"node-1","address":"http://node-1:8080/","kind":"native","state":"active","source":"lease","version":"1.0.0",
        "hardware":{"provider":"cpu","cores":8},"models":[{"model_id":"starter","revision":"9f2c","state":"warm","capacity":64,
        "price":{"price_per_unit":0.00000000025,"pixels_per_unit":1,"currency":"USD"},"usd_per_pixel":0.00000000025,"price_source":"recommended","verified":true}],
        "queue_depth":0,"running":1,"registered_at":"2026-01-31T12:00:00+00:00","expires_at":"2026-01-31T12:00:30+00:00"}
        """;

    private const string PriceExample = """
        {"id":7,"model_id":"starter","price":{"price_per_unit":0.0000000003,"pixels_per_unit":1,"currency":"USD"},"from":"2026-01-31T12:00:00+00:00",
        "changed_by":"key-1","note":"dearer power"}
        """;

    private const string ModelRequestExample = """
        {"request_id":"r1","model_id":"org/name","hub_revision":"main","state":"running","requested_by":"key-1","requested_at":"2026-01-31T12:00:00+00:00",
        "node_id":"node-1","attempts":1,"steps":[{"name":"pull","state":"running","node_id":"node-1","started_at":"2026-01-31T12:00:01+00:00"}]}
        """;

    private const string KeyExample = """
        {"key_id":"key-1","prefix":"itt_abcd","settings":{"name":"shop","scopes":["caption"],"budget":{"per_day":1}},"created_at":"2026-01-31T12:00:00+00:00",
        "spend":{"today":0.25,"this_month":3.5,"total":12,"held":0.05,"left":0.7}}
        """;

    private const string ServedModelExample =
        """{"id":"starter","state":"loaded","warm":true,"source":"starter","revision":"9f2c","architecture":"conv_blip","precision":"f32","provider":"CPU","memory_bytes":12000000}""";

    private static readonly (int, string)[] Refusals =
    [
        (401, "No API key, or an unknown one."),
        (403, "The API key lacks the scope operate, or a page of another site asks."),
        (503, "The pricing service can't be reached."),
    ];

    private static readonly (int, string)[] Changes =
    [
        (400, "The body can't be used."),
        (404, "There is no such thing."),
        (415, "The body is not JSON."),
        .. Refusals,
    ];

    private static readonly (int, string)[] NodeCalls =
    [
        (404, "No such node, or no such model there."),
        (409, "The node speaks the plain runner API, which loads no models."),
        (502, "The node failed."),
        .. Refusals,
    ];

    private static readonly ApiParameter[] Node = [new("node", "string", "The node.", Required: true)];

    private static readonly ApiParameter[] Key = [new("key", "string", "The key's id.", Required: true)];

    public static readonly ApiDescription Session = new("operationsSession", "Whether the operations page must ask for a key")
    {
        Group = ApiDescription.Operating,
        Answer = typeof(OperatorSession),
        AnswerExample = """{"needs_key":true}""",
    };

    public static readonly ApiDescription Live = new("operationsLive", "What this gateway did in the last minutes")
    {
        Answer = typeof(LiveFigures),
        Group = ApiDescription.Operating,
        Details =
            "Second by second, at most 300 of them; sums of the last minute; the nodes as this gateway sees them; the latest 200 errors. "
            + "Other gateways have figures of their own. Needs scope operate.",
        Query = [new("after", "integer", "The 'until' of the answer before: later seconds alone are told.")],
        AnswerExample = """
            {"gateway_id":"gateway-1","until":1767225600,"seconds":[{"at":1767225600,"captions":3,"hits":1,"coalesced":0,"refused":0,"overloaded":0,"failed":0,
            "node_faults":0,"tokens":17,"in_flight":1,"intake_bytes":131072,"p50_ms":41.2,"p95_ms":88,"p99_ms":88}],
            "summary":{"seconds":60,"captions":120,"hits":40,"coalesced":0,"refused":1,"overloaded":0,"failed":0,"node_faults":1,"tokens":640,"cost_usd":0.0078,
            "p50_ms":41.2,"p95_ms":88,"p99_ms":117.1},"in_flight":1,"intake_bytes":131072,"intake_limit_bytes":939524096,"ledger_behind":false,
            "nodes":[{"node_id":"node-1","in_flight":1,"standing":"open","faults":0,"busy_seconds":0,"p50_ms":44.1,"p95_ms":90}],
            "errors":[{"at":"2026-01-31T12:00:00+00:00","kind":"node","status":500,"code":"node_failed","request_id":"0199f0c2a1b47c55b1f2d3e4f5a6b7c8",
            "trace_id":"0af7651916cd43dd8448eb211c80319c","node_id":"node-1","model_id":"starter"}]}
            """,
        Refusals = Refusals,
    };

    public static readonly ApiDescription Nodes = new("operationsNodes", "All nodes with their models, prices and queues")
    {
        Answer = typeof(IReadOnlyList<NodeInfo>),
        Group = ApiDescription.Operating,
        AnswerExample = $"[{NodeExample}]",
        Refusals = Refusals,
    };

    public static readonly ApiDescription SetNodeState = new("operationsSetNodeState", "Activate, drain or disable a node")
    {
        Answer = typeof(NodeInfo),
        Body = typeof(NodeStateChange),
        Group = ApiDescription.Operating,
        Details = "active: it gets work; draining: it finishes what it has and gets nothing new; disabled: it is taken out.",
        Path = Node,
        JsonExample = """{"state":"draining"}""",
        AnswerExample = NodeExample,
        Refusals = Changes,
    };

    public static readonly ApiDescription NodeModels = new("operationsNodeModels", "A node's models as the node itself tells them")
    {
        Answer = typeof(ServedModels),
        Group = ApiDescription.Operating,
        Path = Node,
        AnswerExample =
            $$"""{"default_model":"starter","memory_budget_bytes":8000000000,"memory_used_bytes":12000000,"models":[{{ServedModelExample}}]}""",
        Refusals = NodeCalls,
    };

    public static readonly ApiDescription LoadModel = new("operationsLoadModel", "Have a node load a model")
    {
        Answer = typeof(ServedModel),
        Body = typeof(NamedModel),
        Group = ApiDescription.Operating,
        Details = "Answers when the model is loaded.",
        Path = Node,
        JsonExample = """{"model_id":"org/name"}""",
        AnswerExample = ServedModelExample,
        Refusals = NodeCalls,
    };

    public static readonly ApiDescription UnloadModel = new("operationsUnloadModel", "Have a node unload a model")
    {
        Answer = typeof(ServedModel),
        Body = typeof(NamedModel),
        Group = ApiDescription.Operating,
        Details = "Answers when the captions under way have ended. A request for the model loads it again.",
        Path = Node,
        JsonExample = """{"model_id":"org/name"}""",
        AnswerExample = ServedModelExample,
        Refusals = NodeCalls,
    };

    public static readonly ApiDescription ModelRequests = new(
        "operationsModelRequests",
        "All model requests with the steps of their verification"
    )
    {
        Answer = typeof(IReadOnlyList<ModelRequest>),
        Group = ApiDescription.Operating,
        AnswerExample = $"[{ModelRequestExample}]",
        Refusals = Refusals,
    };

    public static readonly ApiDescription RequestModel = new("operationsRequestModel", "Ask for a model to be verified")
    {
        Answer = typeof(ModelRequest),
        Body = typeof(ModelRequestBody),
        Group = ApiDescription.Operating,
        JsonExample = """{"model_id":"org/name","hub_revision":"main"}""",
        Status = 202,
        AnswerExample = ModelRequestExample,
        Refusals = Changes,
    };

    public static readonly ApiDescription Prices = new("operationsPrices", "Prices in force, prices set, caps and the exchange rate")
    {
        Answer = typeof(OperatorPrices),
        Group = ApiDescription.Operating,
        AnswerExample = $$"""
            {"recommended":{"price_per_unit":0.00000000025,"pixels_per_unit":1,"currency":"USD"},"set":[{{PriceExample}}],
            "effective":[{"node_id":"node-1","model_id":"starter","price":{"price_per_unit":0.0000000003,"pixels_per_unit":1,"currency":"USD"},"usd_per_pixel":0.0000000003,"source":"model"}],
            "exchange_rate":{"usd_per_eth":3000,"source":"configuration","stale":false},"caps":[{"model_id":"starter","price":{"price_per_unit":0.000000001,"pixels_per_unit":1,"currency":"USD"},"usd_per_pixel":0.000000001}]}
            """,
        Refusals = Refusals,
    };

    public static readonly ApiDescription SetPrice = new("operationsSetPrice", "Set or withdraw a price")
    {
        Answer = typeof(PriceHistoryEntry),
        Body = typeof(PriceChange),
        Group = ApiDescription.Operating,
        Details =
            "For a model of a node, a node, a model, or (without either) everything. Without a price the one that was set is withdrawn. "
            + "In force at once, for requests that are priced from then on.",
        JsonExample =
            """{"model_id":"starter","price":{"price_per_unit":0.0000000003,"pixels_per_unit":1,"currency":"USD"},"note":"dearer power"}""",
        AnswerExample = PriceExample,
        Refusals = Changes,
    };

    public static readonly ApiDescription PriceHistory = new("operationsPriceHistory", "Prices that were set, the newest first")
    {
        Answer = typeof(IReadOnlyList<PriceHistoryEntry>),
        Group = ApiDescription.Operating,
        Query = [new("node_id", "string", "Of this node alone."), new("model_id", "string", "Of this model alone.")],
        AnswerExample = $"[{PriceExample}]",
        Refusals = Refusals,
    };

    public static readonly ApiDescription Usage = new("operationsUsage", "Everybody's spend, broken down")
    {
        Answer = typeof(UsageReport),
        Group = ApiDescription.Operating,
        Query =
        [
            new("from", "string", "The first UTC day, such as 2026-01-01."),
            new("to", "string", "The last UTC day."),
            new("key_id", "string", "Of this key alone."),
            new("model_id", "string", "Of this model alone."),
            new("node_id", "string", "Of this node alone."),
            new("group_by", "string", "day, key, account, model, node, gateway; joined by commas."),
        ],
        AnswerExample = """
            {"from":"2026-01-01","to":"2026-01-31","rows":[{"day":"2026-01-31","sum":{"captions":120,"cache_hits":40,"pixels":31457280,"tokens":640,"cost_usd":0.0078,"charged_usd":0.0078}}],
            "total":{"captions":120,"cache_hits":40,"pixels":31457280,"tokens":640,"cost_usd":0.0078,"charged_usd":0.0078}}
            """,
        Refusals = [(400, "A day or a dimension that can't be read."), .. Refusals],
    };

    public static readonly ApiDescription Keys = new("operationsKeys", "All API keys with their budgets and spend")
    {
        Answer = typeof(IReadOnlyList<KeyInfo>),
        Group = ApiDescription.Operating,
        Details = "Never their secrets.",
        AnswerExample = $"[{KeyExample}]",
        Refusals = Refusals,
    };

    public static readonly ApiDescription CreateKey = new("operationsCreateKey", "Make an API key")
    {
        Answer = typeof(CreatedKey),
        Body = typeof(KeySettings),
        Group = ApiDescription.Operating,
        Details = "The answer alone ever holds its secret.",
        JsonExample = """{"name":"shop","scopes":["caption"],"budget":{"per_day":1},"rate_limit":{"requests_per_minute":600}}""",
        Status = 201,
        AnswerExample = $$"""{"secret":"itt_…","key":{{KeyExample}}}""",
        Refusals = Changes,
    };

    public static readonly ApiDescription ChangeKey = new("operationsChangeKey", "Replace an API key's settings")
    {
        Answer = typeof(KeyInfo),
        Body = typeof(KeySettings),
        Group = ApiDescription.Operating,
        Details =
            "All of them: what is left out is no limit any more. Holds at every gateway at once; its secret and what it has spent stay.",
        Path = Key,
        JsonExample = """{"name":"shop","scopes":["caption"],"budget":{"per_day":1},"max_usd_per_pixel":0.000000001}""",
        AnswerExample = KeyExample,
        Refusals = Changes,
    };

    public static readonly ApiDescription RotateKey = new("operationsRotateKey", "Give an API key a new secret")
    {
        Answer = typeof(CreatedKey),
        Body = typeof(KeyRotation),
        Group = ApiDescription.Operating,
        Details = "The answer alone ever holds it. The old secret works for overlap_seconds more. Id, settings and spend stay.",
        Path = Key,
        JsonExample = """{"overlap_seconds":3600}""",
        AnswerExample = $$"""{"secret":"itt_…","key":{{KeyExample}},"previous_secret_valid_until":"2026-01-31T13:00:00+00:00"}""",
        Refusals = [(409, "The key is revoked."), .. Changes],
    };

    public static readonly ApiDescription RevokeKey = new("operationsRevokeKey", "Revoke an API key for good")
    {
        Answer = typeof(RevokedKey),
        Group = ApiDescription.Operating,
        Path = Key,
        AnswerExample = """{"key_id":"key-1"}""",
        Refusals = [(404, "There is no such key."), .. Refusals],
    };
}
