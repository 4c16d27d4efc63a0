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
        (403, "The API key lacks the scope operate, or a page of another site sent the request."),
        (503, "The pricing service can't be reached."),
    ];

    private static readonly (int, string)[] Changes =
    [
        (400, "The body can't be used."),
        (404, "It does not exist."),
        (415, "The body is not JSON."),
        .. Refusals,
    ];

    private static readonly (int, string)[] NodeCalls =
    [
        (404, "The node, or the model on it, does not exist."),
        (409, "The node speaks the plain runner API, which can't load models."),
        (502, "The node failed."),
        .. Refusals,
    ];

    private static readonly ApiParameter[] Node = [new("node", "string", "The node.", Required: true)];

    private static readonly ApiParameter[] Key = [new("key", "string", "The key's id.", Required: true)];

    public static readonly ApiDescription Session = new("operationsSession", "Check whether the operations page must ask for a key")
    {
        Group = ApiDescription.Operating,
        Answer = typeof(OperatorSession),
        AnswerExample = """{"needs_key":true}""",
    };

    public static readonly ApiDescription Live = new("operationsLive", "Get this gateway's figures for the last minutes")
    {
        Answer = typeof(LiveFigures),
        Group = ApiDescription.Operating,
        Details =
            "At most 300 seconds one by one, sums of the last minute, the nodes as this gateway sees them, and the latest 200 errors. "
            + "Other gateways have their own figures. Requires the scope operate.",
        Query = [new("after", "integer", "The 'until' of the previous answer. Only later seconds are returned.")],
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

    public static readonly ApiDescription Nodes = new("operationsNodes", "List all nodes with their models, prices and queues")
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
        Details = "active: the node gets work. draining: it finishes its work and gets no more. disabled: it is taken out of the network.",
        Path = Node,
        JsonExample = """{"state":"draining"}""",
        AnswerExample = NodeExample,
        Refusals = Changes,
    };

    public static readonly ApiDescription NodeModels = new("operationsNodeModels", "List a node's models, as reported by the node")
    {
        Answer = typeof(ServedModels),
        Group = ApiDescription.Operating,
        Path = Node,
        AnswerExample =
            $$"""{"default_model":"starter","memory_budget_bytes":8000000000,"memory_used_bytes":12000000,"models":[{{ServedModelExample}}]}""",
        Refusals = NodeCalls,
    };

    public static readonly ApiDescription LoadModel = new("operationsLoadModel", "Load a model on a node")
    {
        Answer = typeof(ServedModel),
        Body = typeof(NamedModel),
        Group = ApiDescription.Operating,
        Details = "Answers once the model is loaded.",
        Path = Node,
        JsonExample = """{"model_id":"org/name"}""",
        AnswerExample = ServedModelExample,
        Refusals = NodeCalls,
    };

    public static readonly ApiDescription UnloadModel = new("operationsUnloadModel", "Unload a model from a node")
    {
        Answer = typeof(ServedModel),
        Body = typeof(NamedModel),
        Group = ApiDescription.Operating,
        Details = "Answers once the captions under way have ended. The next request for the model loads it again.",
        Path = Node,
        JsonExample = """{"model_id":"org/name"}""",
        AnswerExample = ServedModelExample,
        Refusals = NodeCalls,
    };

    public static readonly ApiDescription ModelRequests = new(
        "operationsModelRequests",
        "List all model requests with their verification steps"
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

    public static readonly ApiDescription Prices = new("operationsPrices", "List prices in force, prices set, caps and the exchange rate")
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
            "Applies to a model of a node, a node, a model or, without either, everything. Without a price, the set one is withdrawn. "
            + "Takes effect at once, for requests priced from then on.",
        JsonExample =
            """{"model_id":"starter","price":{"price_per_unit":0.0000000003,"pixels_per_unit":1,"currency":"USD"},"note":"dearer power"}""",
        AnswerExample = PriceExample,
        Refusals = Changes,
    };

    public static readonly ApiDescription PriceHistory = new("operationsPriceHistory", "List the prices that were set, newest first")
    {
        Answer = typeof(IReadOnlyList<PriceHistoryEntry>),
        Group = ApiDescription.Operating,
        Query = [new("node_id", "string", "Only this node."), new("model_id", "string", "Only this model.")],
        AnswerExample = $"[{PriceExample}]",
        Refusals = Refusals,
    };

    public static readonly ApiDescription Usage = new("operationsUsage", "Get everyone's spend, broken down")
    {
        Answer = typeof(UsageReport),
        Group = ApiDescription.Operating,
        Query =
        [
            new("from", "string", "The first UTC day, such as 2026-01-01."),
            new("to", "string", "The last UTC day, included."),
            new("key_id", "string", "Only this key."),
            new("model_id", "string", "Only this model."),
            new("node_id", "string", "Only this node."),
            new("group_by", "string", "What to break it down by: day, key, account, model, node, gateway, separated by commas."),
        ],
        AnswerExample = """
            {"from":"2026-01-01","to":"2026-01-31","rows":[{"day":"2026-01-31","sum":{"captions":120,"cache_hits":40,"pixels":31457280,"tokens":640,"cost_usd":0.0078,"charged_usd":0.0078}}],
            "total":{"captions":120,"cache_hits":40,"pixels":31457280,"tokens":640,"cost_usd":0.0078,"charged_usd":0.0078}}
            """,
        Refusals = [(400, "A day or a dimension can't be read."), .. Refusals],
    };

    public static readonly ApiDescription Keys = new("operationsKeys", "List all API keys with their budgets and spend")
    {
        Answer = typeof(IReadOnlyList<KeyInfo>),
        Group = ApiDescription.Operating,
        Details = "Secrets are never included.",
        AnswerExample = $"[{KeyExample}]",
        Refusals = Refusals,
    };

    public static readonly ApiDescription CreateKey = new("operationsCreateKey", "Create an API key")
    {
        Answer = typeof(CreatedKey),
        Body = typeof(KeySettings),
        Group = ApiDescription.Operating,
        Details = "Only this answer contains the secret.",
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
            "Replaces all settings: limits that you leave out no longer apply. Takes effect everywhere at once. Secret and spend stay.",
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
        Details = "Only this answer contains it. The old secret works for another overlap_seconds. Id, settings and spend stay.",
        Path = Key,
        JsonExample = """{"overlap_seconds":3600}""",
        AnswerExample = $$"""{"secret":"itt_…","key":{{KeyExample}},"previous_secret_valid_until":"2026-01-31T13:00:00+00:00"}""",
        Refusals = [(409, "The key is revoked."), .. Changes],
    };

    public static readonly ApiDescription RevokeKey = new("operationsRevokeKey", "Revoke an API key permanently")
    {
        Answer = typeof(RevokedKey),
        Group = ApiDescription.Operating,
        Path = Key,
        AnswerExample = """{"key_id":"key-1"}""",
        Refusals = [(404, "There is no such key."), .. Refusals],
    };
}
