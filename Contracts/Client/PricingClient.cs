using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Budgets;
using ImageToText.Contracts.Catalogue;
using ImageToText.Contracts.Idempotency;
using ImageToText.Contracts.Ledger;
using ImageToText.Contracts.Prices;
using ImageToText.Contracts.Quotes;
using ImageToText.Contracts.Registry;
using static ImageToText.Contracts.Client.PricingUri;

namespace ImageToText.Contracts.Client;

/// <summary>
/// A typed client for the pricing service's API. Every call throws <see cref="PricingException"/> if the service refuses, and
/// <see cref="HttpRequestException"/> if it can't be reached, does not answer within the timeout of <paramref name="http"/>, or
/// gives an unreadable answer.
/// </summary>
/// <param name="http">
/// Its base address is the service's. Its <c>Authorization: Bearer</c> header carries the service token (gateways and nodes) or a
/// key with scope <c>operate</c> (people).
/// </param>
public sealed class PricingClient(HttpClient http)
{
    private static readonly ContractsJson Json = ContractsJson.Default;

    private readonly PricingCalls _calls = new(http);

    // Registry

    /// <summary>Registers a node, or replaces its registration. Service token.</summary>
    public Task<NodeLease> RegisterNodeAsync(string nodeId, NodeRegistration registration, CancellationToken cancellationToken = default) =>
        _calls.SendAsync(HttpMethod.Put, $"nodes/{Escape(nodeId)}", registration, Json.NodeRegistration, Json.NodeLease, cancellationToken);

    /// <summary>Renews a node's lease. Service token.</summary>
    /// <returns>The lease; null if the node is unknown and must register again.</returns>
    public async Task<NodeLease?> RenewNodeAsync(string nodeId, NodeHeartbeat heartbeat, CancellationToken cancellationToken = default) =>
        await PricingCalls.OrNullAsync(() =>
            _calls.SendAsync(
                HttpMethod.Post,
                $"nodes/{Escape(nodeId)}/heartbeat",
                heartbeat,
                Json.NodeHeartbeat,
                Json.NodeLease,
                cancellationToken
            )
        );

    /// <summary>Removes a node from the registry. Service token, or scope operate.</summary>
    public Task RemoveNodeAsync(string nodeId, CancellationToken cancellationToken = default) =>
        _calls.SendAsync(HttpMethod.Delete, $"nodes/{Escape(nodeId)}", cancellationToken);

    /// <summary>All nodes. Scope operate.</summary>
    public Task<IReadOnlyList<NodeInfo>> GetNodesAsync(CancellationToken cancellationToken = default) =>
        _calls.GetAsync("nodes", Json.IReadOnlyListNodeInfo, cancellationToken);

    /// <summary>Activates, drains or disables a node. Scope operate.</summary>
    public Task<NodeInfo> SetNodeStateAsync(string nodeId, NodeState state, CancellationToken cancellationToken = default) =>
        _calls.SendAsync(
            HttpMethod.Put,
            $"nodes/{Escape(nodeId)}/state",
            new(state),
            Json.NodeStateChange,
            Json.NodeInfo,
            cancellationToken
        );

    /// <summary>The network as this gateway may use it, or what has changed. Service token.</summary>
    /// <param name="gatewayId">The gateway that asks; the answer has its caps and recalls.</param>
    /// <param name="since">The version that it knows; null: none.</param>
    /// <param name="wait">How long to wait for a change, at most 60 s.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<NetworkUpdate> WatchNetworkAsync(
        string gatewayId,
        long? since,
        TimeSpan wait,
        CancellationToken cancellationToken = default
    ) =>
        _calls.GetAsync(
            WithQuery("network", ("gateway_id", gatewayId), ("since", Text(since)), ("wait_seconds", Text(wait.TotalSeconds))),
            Json.NetworkUpdate,
            cancellationToken
        );

    // Prices

    /// <summary>Prices in force and the exchange rate. Service token, or any key.</summary>
    public Task<PriceList> GetPricesAsync(CancellationToken cancellationToken = default) =>
        _calls.GetAsync("prices", Json.PriceList, cancellationToken);

    /// <summary>Sets or withdraws a price. Scope operate.</summary>
    public Task<PriceHistoryEntry> SetPriceAsync(PriceChange change, CancellationToken cancellationToken = default) =>
        _calls.SendAsync(HttpMethod.Put, "prices", change, Json.PriceChange, Json.PriceHistoryEntry, cancellationToken);

    /// <summary>Prices that were set, newest first. Scope operate.</summary>
    public Task<IReadOnlyList<PriceHistoryEntry>> GetPriceHistoryAsync(
        string? nodeId = null,
        string? modelId = null,
        CancellationToken cancellationToken = default
    ) =>
        _calls.GetAsync(
            WithQuery("prices/history", ("node_id", nodeId), ("model_id", modelId)),
            Json.IReadOnlyListPriceHistoryEntry,
            cancellationToken
        );

    /// <summary>What a picture of that size costs at each node, cheapest first. Service token, or any key.</summary>
    public Task<Quote> GetQuoteAsync(
        int width,
        int height,
        string? modelId = null,
        decimal? maxUsdPerPixel = null,
        CancellationToken cancellationToken = default
    ) =>
        _calls.GetAsync(
            WithQuery(
                "quote",
                ("width", Text(width)),
                ("height", Text(height)),
                ("model_id", modelId),
                ("max_price_per_pixel", Text(maxUsdPerPixel))
            ),
            Json.Quote,
            cancellationToken
        );

    // Keys

    /// <summary>Makes a key. Only this answer contains its secret. Scope operate.</summary>
    public Task<CreatedKey> CreateKeyAsync(KeySettings settings, CancellationToken cancellationToken = default) =>
        _calls.SendAsync(HttpMethod.Post, "keys", settings, Json.KeySettings, Json.CreatedKey, cancellationToken);

    /// <summary>All keys. Scope operate.</summary>
    public Task<IReadOnlyList<KeyInfo>> GetKeysAsync(CancellationToken cancellationToken = default) =>
        _calls.GetAsync("keys", Json.IReadOnlyListKeyInfo, cancellationToken);

    /// <summary>One key with its spend; null: it does not exist. Scope operate, or service token.</summary>
    public Task<KeyInfo?> GetKeyAsync(string keyId, CancellationToken cancellationToken = default) =>
        PricingCalls.OrNullAsync(() => _calls.GetAsync($"keys/{Escape(keyId)}", Json.KeyInfo, cancellationToken));

    /// <summary>Replaces a key's settings. Scope operate.</summary>
    public Task<KeyInfo> UpdateKeyAsync(string keyId, KeySettings settings, CancellationToken cancellationToken = default) =>
        _calls.SendAsync(HttpMethod.Put, $"keys/{Escape(keyId)}", settings, Json.KeySettings, Json.KeyInfo, cancellationToken);

    /// <summary>Gives a key a new secret. Scope operate.</summary>
    public Task<CreatedKey> RotateKeyAsync(string keyId, KeyRotation rotation, CancellationToken cancellationToken = default) =>
        _calls.SendAsync(HttpMethod.Post, $"keys/{Escape(keyId)}/rotate", rotation, Json.KeyRotation, Json.CreatedKey, cancellationToken);

    /// <summary>Revokes a key for good. Scope operate.</summary>
    public Task RevokeKeyAsync(string keyId, CancellationToken cancellationToken = default) =>
        _calls.SendAsync(HttpMethod.Delete, $"keys/{Escape(keyId)}", cancellationToken);

    /// <summary>What a key may do, by the hash of its secret; null: it is unknown, revoked or expired. Service token.</summary>
    public Task<KeyGrant?> ValidateKeyAsync(string secretHash, CancellationToken cancellationToken = default) =>
        PricingCalls.OrNullAsync(() =>
            _calls.SendAsync(HttpMethod.Post, "keys/validate", new(secretHash), Json.KeyValidationRequest, Json.KeyGrant, cancellationToken)
        );

    /// <summary>What a key may do, by its id; null: it is unknown, revoked or expired. Service token.</summary>
    public Task<KeyGrant?> GetKeyGrantAsync(string keyId, CancellationToken cancellationToken = default) =>
        PricingCalls.OrNullAsync(() => _calls.GetAsync($"keys/{Escape(keyId)}/grant", Json.KeyGrant, cancellationToken));

    // Accounts

    /// <summary>All accounts with a budget or a key. Scope operate.</summary>
    public Task<IReadOnlyList<AccountInfo>> GetAccountsAsync(CancellationToken cancellationToken = default) =>
        _calls.GetAsync("accounts", Json.IReadOnlyListAccountInfo, cancellationToken);

    /// <summary>Sets the budget that an account's keys share. Scope operate.</summary>
    public Task<AccountInfo> UpdateAccountAsync(string account, AccountSettings settings, CancellationToken cancellationToken = default) =>
        _calls.SendAsync(
            HttpMethod.Put,
            $"accounts/{Escape(account)}",
            settings,
            Json.AccountSettings,
            Json.AccountInfo,
            cancellationToken
        );

    // Budgets

    /// <summary>Asks for a slice of a key's budget. Service token.</summary>
    public Task<SliceAnswer> RequestSliceAsync(SliceRequest request, CancellationToken cancellationToken = default) =>
        _calls.SendAsync(HttpMethod.Post, "budgets/slices", request, Json.SliceRequest, Json.SliceAnswer, cancellationToken);

    /// <summary>Gives back what slices hold beyond what the gateway keeps. Service token.</summary>
    public Task<SliceList> ShrinkSlicesAsync(SliceShrinkRequest request, CancellationToken cancellationToken = default) =>
        _calls.SendAsync(HttpMethod.Post, "budgets/slices/shrink", request, Json.SliceShrinkRequest, Json.SliceList, cancellationToken);

    /// <summary>Renews the leases of slices. Service token.</summary>
    public Task<SliceList> RenewSlicesAsync(SliceRenewal renewal, CancellationToken cancellationToken = default) =>
        _calls.SendAsync(HttpMethod.Post, "budgets/slices/renew", renewal, Json.SliceRenewal, Json.SliceList, cancellationToken);

    /// <summary>The slices that a gateway holds; used after a restart. Service token.</summary>
    public Task<SliceList> GetSlicesAsync(string gatewayId, CancellationToken cancellationToken = default) =>
        _calls.GetAsync(WithQuery("budgets/slices", ("gateway_id", gatewayId)), Json.SliceList, cancellationToken);

    // Idempotency keys

    /// <summary>Claims an idempotency key, or returns what was answered to it. Service token.</summary>
    public Task<IdempotencyAnswer> ClaimIdempotencyKeyAsync(IdempotencyClaim claim, CancellationToken cancellationToken = default) =>
        _calls.SendAsync(HttpMethod.Post, "idempotency/claims", claim, Json.IdempotencyClaim, Json.IdempotencyAnswer, cancellationToken);

    /// <summary>Says how a claimed request ended. Service token.</summary>
    public Task EndIdempotencyKeyAsync(IdempotencyResult result, CancellationToken cancellationToken = default) =>
        _calls.SendAsync(HttpMethod.Post, "idempotency/results", result, Json.IdempotencyResult, Json.IdempotencyResult, cancellationToken);

    // Ledger

    /// <summary>Adds usage records. Records that are already there do no harm. Service token.</summary>
    public Task<UsageReceipt> RecordUsageAsync(UsageBatch batch, CancellationToken cancellationToken = default) =>
        _calls.SendAsync(HttpMethod.Post, "usage/records", batch, Json.UsageBatch, Json.UsageReceipt, cancellationToken);

    /// <summary>Spend, broken down as asked. Scope operate or service token; any other key sees its own.</summary>
    public Task<UsageReport> GetUsageAsync(UsageQuery query, CancellationToken cancellationToken = default) =>
        _calls.GetAsync(Usage("usage", query), Json.UsageReport, cancellationToken);

    /// <summary>A page of ledger entries. Scope operate or service token; any other key sees its own.</summary>
    public Task<LedgerPage> GetLedgerAsync(
        UsageQuery query,
        long? after = null,
        int? limit = null,
        CancellationToken cancellationToken = default
    ) => _calls.GetAsync(Usage("usage/records", query, ("after", Text(after)), ("limit", Text(limit))), Json.LedgerPage, cancellationToken);

    /// <summary>Ledger entries as CSV, streamed. Scope operate or service token; any other key sees its own.</summary>
    public Task ExportUsageAsync(UsageQuery query, Stream destination, CancellationToken cancellationToken = default) =>
        _calls.CopyAsync(Usage("usage/export", query), destination, cancellationToken);

    /// <summary>What nodes have earned. Scope operate.</summary>
    public Task<EarningsReport> GetEarningsAsync(UsageQuery query, CancellationToken cancellationToken = default) =>
        _calls.GetAsync(Usage("earnings", query), Json.EarningsReport, cancellationToken);

    /// <summary>What accounts used in a month. Scope operate.</summary>
    /// <param name="month">The UTC month, such as <c>2026-01</c>; null: the current one.</param>
    /// <param name="account">Only this account; null: all.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task<AccountStatements> GetStatementsAsync(
        string? month = null,
        string? account = null,
        CancellationToken cancellationToken = default
    ) => _calls.GetAsync(WithQuery("statements", ("month", month), ("account", account)), Json.AccountStatements, cancellationToken);

    /// <summary>The same, as a file. Scope operate.</summary>
    public Task<byte[]> ExportStatementsAsync(
        StatementFormat format,
        string? month = null,
        string? account = null,
        CancellationToken cancellationToken = default
    ) => _calls.DownloadAsync(WithQuery($"statements/{PathOf(format)}", ("month", month), ("account", account)), cancellationToken);

    /// <summary>What owners of nodes earned in a month. Scope operate.</summary>
    /// <param name="month">The UTC month, such as <c>2026-01</c>; null: the current one.</param>
    /// <param name="owner">Only this owner; null: all.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task<OwnerStatements> GetOwnerStatementsAsync(
        string? month = null,
        string? owner = null,
        CancellationToken cancellationToken = default
    ) => _calls.GetAsync(WithQuery("statements/owners", ("month", month), ("owner", owner)), Json.OwnerStatements, cancellationToken);

    /// <summary>The same, as a file. Scope operate.</summary>
    public Task<byte[]> ExportOwnerStatementsAsync(
        StatementFormat format,
        string? month = null,
        string? owner = null,
        CancellationToken cancellationToken = default
    ) => _calls.DownloadAsync(WithQuery($"statements/owners/{PathOf(format)}", ("month", month), ("owner", owner)), cancellationToken);

    /// <summary>Compares what was reserved, delivered and charged. Scope operate.</summary>
    public Task<ReconciliationReport> GetReconciliationAsync(CancellationToken cancellationToken = default) =>
        _calls.GetAsync("reconciliation", Json.ReconciliationReport, cancellationToken);

    /// <summary>The ledger's archives, oldest first. Scope operate.</summary>
    public Task<IReadOnlyList<LedgerArchiveInfo>> GetArchivesAsync(CancellationToken cancellationToken = default) =>
        _calls.GetAsync("ledger/archives", Json.IReadOnlyListLedgerArchiveInfo, cancellationToken);

    /// <summary>Moves the ledger's oldest records into a file; null: no record is that old. Scope operate.</summary>
    /// <param name="before">The first UTC day that stays.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task<LedgerArchiveInfo?> ArchiveLedgerAsync(DateOnly before, CancellationToken cancellationToken = default) =>
        _calls.SendForContentAsync(
            HttpMethod.Post,
            "ledger/archives",
            new(before),
            Json.ArchiveRequest,
            Json.LedgerArchiveInfo,
            cancellationToken
        );

    // Catalogue

    /// <summary>The models of the network. Service token, or any key.</summary>
    public Task<ModelCatalogue> GetModelsAsync(CancellationToken cancellationToken = default) =>
        _calls.GetAsync("models", Json.ModelCatalogue, cancellationToken);

    /// <summary>One model; null: it does not exist. Service token, or any key.</summary>
    /// <param name="modelId">Its id; slashes are kept.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task<CatalogueModel?> GetModelAsync(string modelId, CancellationToken cancellationToken = default) =>
        PricingCalls.OrNullAsync(() => _calls.GetAsync($"models/{EscapePath(modelId)}", Json.CatalogueModel, cancellationToken));

    /// <summary>Asks for a model to be verified. Service token, or any key.</summary>
    /// <param name="body">Which model.</param>
    /// <param name="requestedBy">
    /// With the service token: the id of the key for which it is requested. Otherwise the caller's own key counts.
    /// </param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task<ModelRequest> RequestModelAsync(
        ModelRequestBody body,
        string? requestedBy = null,
        CancellationToken cancellationToken = default
    ) =>
        _calls.SendAsync(
            HttpMethod.Post,
            WithQuery("models/requests", ("requested_by", requestedBy)),
            body,
            Json.ModelRequestBody,
            Json.ModelRequest,
            cancellationToken
        );

    /// <summary>All model requests, newest first. Service token, or any key.</summary>
    public Task<IReadOnlyList<ModelRequest>> GetModelRequestsAsync(CancellationToken cancellationToken = default) =>
        _calls.GetAsync("models/requests", Json.IReadOnlyListModelRequest, cancellationToken);

    /// <summary>One model request; null: it does not exist. Service token, or any key.</summary>
    public Task<ModelRequest?> GetModelRequestAsync(string requestId, CancellationToken cancellationToken = default) =>
        PricingCalls.OrNullAsync(() => _calls.GetAsync($"models/requests/{Escape(requestId)}", Json.ModelRequest, cancellationToken));

    /// <summary>Lets a node with room take on a verification; null: none is waiting. Service token.</summary>
    public Task<VerificationJob?> LeaseVerificationAsync(VerificationLeaseRequest request, CancellationToken cancellationToken = default) =>
        _calls.SendForContentAsync(
            HttpMethod.Post,
            "verification/jobs/lease",
            request,
            Json.VerificationLeaseRequest,
            Json.VerificationJob,
            cancellationToken
        );

    /// <summary>Reports a step of a verification and renews its lease. Service token.</summary>
    /// <exception cref="PricingException">409: another node took over the job; stop.</exception>
    public Task<ModelRequest> ReportVerificationStepAsync(
        string requestId,
        VerificationStepReport report,
        CancellationToken cancellationToken = default
    ) =>
        _calls.SendAsync(
            HttpMethod.Post,
            $"verification/jobs/{Escape(requestId)}/steps",
            report,
            Json.VerificationStepReport,
            Json.ModelRequest,
            cancellationToken
        );

    /// <summary>Ends a verification. Service token.</summary>
    /// <exception cref="PricingException">409: another node took over the job.</exception>
    public Task<ModelRequest> CompleteVerificationAsync(
        string requestId,
        VerificationResult result,
        CancellationToken cancellationToken = default
    ) =>
        _calls.SendAsync(
            HttpMethod.Post,
            $"verification/jobs/{Escape(requestId)}/result",
            result,
            Json.VerificationResult,
            Json.ModelRequest,
            cancellationToken
        );
}
