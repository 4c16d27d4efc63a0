using ImageToText.Contracts;
using ImageToText.Contracts.Prices;
using ImageToText.Contracts.Registry;
using ImageToText.PricingService.Budgets;
using ImageToText.PricingService.Prices;
using ImageToText.PricingService.Registry;
using ImageToText.PricingService.Storage;
using ImageToText.PricingService.Storage.Rows;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ImageToText.PricingService.Network;

/// <summary>The network as gateways and operators see it: nodes and their models, with the prices in force.</summary>
internal sealed class RegisteredNetwork(
    Store store,
    Signal<NetworkVersion> changed,
    GatewayPresence gateways,
    OperatorFiles files,
    ExchangeRates rates,
    IOptions<NodeRegistryOptions> options,
    IOptions<SequencePriceOptions> sequences,
    TimeProvider time
)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    /// <summary>The exchange rate.</summary>
    public ExchangeRate Rate => rates.Now;

    /// <summary>Answers a gateway once something differs from what it knows, or the wait is over.</summary>
    public async Task<NetworkUpdate> WatchAsync(string gatewayId, long? since, TimeSpan wait, CancellationToken cancellationToken)
    {
        var until = time.GetUtcNow() + (wait < LongestWait ? wait : LongestWait);
        while (true)
        {
            gateways.Saw(gatewayId);
            var next = changed.Next;
            var version = await store.ReadAsync(db => db.NetworkVersions.SingleAsync(cancellationToken));
            var rest = until - time.GetUtcNow();
            if (since != version.Latest || rest <= TimeSpan.Zero)
            {
                return await store.ReadAsync(db => UpdateAsync(db, gatewayId, since, cancellationToken));
            }

            await Signal<NetworkVersion>.WaitAsync(next, rest, time, cancellationToken);
        }
    }

    /// <summary>All nodes as operators see them, except those that have left.</summary>
    public Task<IReadOnlyList<NodeInfo>> ListAsync(CancellationToken cancellationToken) =>
        store.ReadAsync(async db =>
        {
            var table = Table(await SetPricesAsync(db, cancellationToken));
            var verified = await VerifiedAsync(db, cancellationToken);
            return (IReadOnlyList<NodeInfo>)
                [
                    .. (await PresentAsync(db, cancellationToken)).Select(node => new NodeInfo(
                        node.NodeId,
                        new(node.Address),
                        node.Kind,
                        node.State,
                        node.Source,
                        node.Version,
                        Hardware(node),
                        Models(node, table, verified),
                        node.QueueDepth,
                        node.Running,
                        node.RegisteredAt,
                        node.ExpiresAt
                    )),
                ];
        });

    /// <summary>Nodes that gateways may use, and the model for requests that name none.</summary>
    public Task<(IReadOnlyList<NetworkNode> Nodes, string? DefaultModelId)> NodesAsync(CancellationToken cancellationToken) =>
        store.ReadAsync(db => NodesAsync(db, cancellationToken));

    /// <summary>The prices in force.</summary>
    public PriceTable Table(IReadOnlyList<SetPrice> set) => new(set, files.ModelPrices, rates.Now);

    public static Task<List<SetPrice>> SetPricesAsync(PricingDb db, CancellationToken cancellationToken) =>
        db.Prices.Where(price => price.Until == null).ToListAsync(cancellationToken);

    public static Task<List<Node>> PresentAsync(PricingDb db, CancellationToken cancellationToken) =>
        db.Nodes.Where(node => node.Present).OrderBy(node => node.NodeId).ToListAsync(cancellationToken);

    private static NodeHardware? Hardware(Node node) =>
        StoredJson.Read(node.HardwareJson, ContractsJson.Default.NodeHardware) is { } hardware
            ? hardware with
            {
                FreeMemoryBytes = node.FreeMemoryBytes ?? hardware.FreeMemoryBytes,
            }
            : null;

    private static Task<HashSet<string>> VerifiedAsync(PricingDb db, CancellationToken cancellationToken) =>
        db.VerifiedModels.Select(model => model.ModelId).ToHashSetAsync(StringComparer.Ordinal, cancellationToken);

    private List<NetworkModel> Models(Node node, PriceTable table, HashSet<string> verified) =>
        [
            .. node.ReadModels()
                .Select(model =>
                {
                    var price = table.Of(node.NodeId, model);
                    return new NetworkModel(
                        model.ModelId,
                        model.Revision,
                        model.State,
                        model.Capacity,
                        price.Price,
                        price.UsdPerPixel,
                        price.Source,
                        verified.Contains(model.ModelId),
                        model.Precision,
                        model.PromptUse,
                        model.Tiles,
                        sequences.Value.Shares.TryGetValue(model.ModelId, out decimal share) ? share : null,
                        model.Languages
                    );
                }),
        ];

    private async Task<NetworkUpdate> UpdateAsync(PricingDb db, string gatewayId, long? since, CancellationToken cancellationToken)
    {
        // The version comes first: whatever changes while the rest is read is reported again next time, and never missed.
        var version = await db.NetworkVersions.SingleAsync(cancellationToken);
        NetworkSnapshot? snapshot = null;
        if (since is null || since < version.Network || since > version.Latest)
        {
            var (nodes, defaultModelId) = await NodesAsync(db, cancellationToken);
            var table = Table([]);
            snapshot = new(
                nodes,
                defaultModelId,
                [.. files.CapsOf(gatewayId).Select(cap => new PriceCap(cap.ModelId, cap.Price, table.UsdPerPixel(cap.Price)))],
                table.Rate,
                version.Keys
            );
        }

        return new(version.Latest, snapshot, await SliceRecalls.OfGatewayAsync(db, gatewayId, cancellationToken));
    }

    private async Task<(IReadOnlyList<NetworkNode> Nodes, string? DefaultModelId)> NodesAsync(
        PricingDb db,
        CancellationToken cancellationToken
    )
    {
        var table = Table(await SetPricesAsync(db, cancellationToken));
        var verified = await VerifiedAsync(db, cancellationToken);
        List<NetworkNode> nodes =
        [
            .. (await PresentAsync(db, cancellationToken))
                .Where(node => node.State != NodeState.Disabled)
                .Select(node => new NetworkNode(
                    node.NodeId,
                    new(node.Address),
                    node.Kind,
                    node.State,
                    node.Token,
                    Models(node, table, verified)
                )),
        ];
        string? defaultModelId = options.Value.DefaultModelId is { Length: > 0 } configured
            ? configured
            : nodes
                .SelectMany(node => node.Models)
                .OrderBy(model => model.State)
                .ThenBy(model => model.ModelId, StringComparer.Ordinal)
                .FirstOrDefault()
                ?.ModelId;
        return (nodes, defaultModelId);
    }
}
