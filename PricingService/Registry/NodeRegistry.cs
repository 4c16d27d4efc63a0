using ImageToText.Contracts;
using ImageToText.Contracts.Registry;
using ImageToText.PricingService.Errors;
using ImageToText.PricingService.Prices;
using ImageToText.PricingService.Storage;
using ImageToText.PricingService.Storage.Rows;
using ImageToText.PricingService.Telemetry;
using ImageToText.PricingService.Verification;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ImageToText.PricingService.Registry;

/// <summary>The nodes: those that register and renew a lease, and those that operators name.</summary>
internal sealed partial class NodeRegistry(
    Store store,
    NetworkChanges changes,
    IOptions<NodeRegistryOptions> options,
    TimeProvider time,
    PricingTelemetry telemetry,
    ILogger<NodeRegistry> logger
)
{
    // A lease has time for three renewals, so two may be lost.
    private const int RenewalsInLease = 3;

    // Tiles set the least that a picture costs, so a node can't name any it likes.
    private const int LeastTile = 16;
    private const int LongestEdge = 4096;

    private readonly NodeRegistryOptions _options = options.Value;

    /// <summary>Registers a node, or replaces its registration.</summary>
    public async Task<NodeLease> RegisterAsync(string nodeId, NodeRegistration registration, CancellationToken cancellationToken)
    {
        Check(nodeId, registration);
        return await changes.WriteAsync(
            [Lock(nodeId)],
            async db =>
            {
                var now = time.GetUtcNow();
                var node = await db.Nodes.FindAsync([nodeId], cancellationToken);
                if (node is null)
                {
                    node = new()
                    {
                        NodeId = nodeId,
                        Address = "",
                        Source = Node.Lease,
                        ModelsJson = "[]",
                        RegisteredAt = now,
                    };
                    db.Nodes.Add(node);
                }
                else if (node.Source != Node.Lease)
                {
                    throw PricingRefusals.Conflict($"The node id {nodeId} is that of a node from {node.Source}: register under another.");
                }

                if (
                    node.Present
                    && node.Instance is not null
                    && registration.Instance is not null
                    && node.Instance != registration.Instance
                )
                {
                    Log.Replaced(logger, nodeId);
                }

                if (!node.Present)
                {
                    node.RegisteredAt = now;
                    telemetry.NodeChanged("came");
                    Log.Came(logger, nodeId, registration.Models.Count);
                }

                node.Address = registration.Address.AbsoluteUri;
                node.Kind = registration.Kind;
                node.Version = registration.Version;
                node.Instance = registration.Instance;
                node.Token = registration.Token;
                node.HardwareJson = StoredJson.Write(registration.Hardware, ContractsJson.Default.NodeHardware);
                node.ModelsJson = Node.WriteModels(registration.Models);
                node.FreeMemoryBytes = registration.Hardware?.FreeMemoryBytes;
                node.Leaving = false;
                node.Present = true;
                node.ExpiresAt = now + _options.Ttl;
                return (await LeaseAsync(db, node, cancellationToken), Change.Network);
            },
            cancellationToken
        );
    }

    /// <summary>Renews a node's lease.</summary>
    public async Task<NodeLease> RenewAsync(string nodeId, NodeHeartbeat heartbeat, CancellationToken cancellationToken)
    {
        CheckModels(heartbeat.Models ?? []);
        return await changes.WriteAsync(
            [Lock(nodeId)],
            async db =>
            {
                var node = await db.Nodes.FindAsync([nodeId], cancellationToken);
                if (node is not { Present: true, Source: Node.Lease })
                {
                    throw PricingRefusals.NotFound($"The node {nodeId} is not registered, or no longer: register it again.");
                }

                string models = heartbeat.Models is null ? node.ModelsJson : Node.WriteModels(heartbeat.Models);
                var change = models != node.ModelsJson || heartbeat.Draining != node.Leaving ? Change.Network : Change.Nothing;
                node.ModelsJson = models;
                node.Leaving = heartbeat.Draining;
                node.QueueDepth = heartbeat.QueueDepth;
                node.Running = heartbeat.Running;
                node.FreeMemoryBytes = heartbeat.FreeMemoryBytes ?? node.FreeMemoryBytes;
                node.ExpiresAt = time.GetUtcNow() + _options.Ttl;
                return (await LeaseAsync(db, node, cancellationToken), change);
            },
            cancellationToken
        );
    }

    /// <summary>Removes a node.</summary>
    public Task RemoveAsync(string nodeId, CancellationToken cancellationToken) =>
        changes.WriteAsync(
            [Lock(nodeId)],
            async db =>
            {
                var node = await FindAsync(db, nodeId, cancellationToken);
                if (node.Source != Node.Lease)
                {
                    throw PricingRefusals.Conflict($"The node {nodeId} comes from {node.Source}: take it out there, or disable it.");
                }

                if (!node.Present)
                {
                    return (false, Change.Nothing);
                }

                node.Present = false;
                node.ExpiresAt = null;
                telemetry.NodeChanged("left");
                return (true, Change.Network);
            },
            cancellationToken
        );

    /// <summary>Activates, drains or disables a node. What an operator wants outlives the node's coming and going.</summary>
    public Task SetStateAsync(string nodeId, NodeState state, CancellationToken cancellationToken) =>
        changes.WriteAsync(
            [Lock(nodeId)],
            async db =>
            {
                (await FindAsync(db, nodeId, cancellationToken)).WantedState = state;
                return (true, Change.Network);
            },
            cancellationToken
        );

    /// <summary>Removes nodes whose lease has ended.</summary>
    /// <returns>How many.</returns>
    public async Task<int> ExpireAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var due = await store.ReadAsync(db =>
            db.Nodes.Where(node => node.Present && node.ExpiresAt != null && node.ExpiresAt <= now)
                .Select(node => node.NodeId)
                .ToListAsync(cancellationToken)
        );
        foreach (string? nodeId in due)
        {
            await changes.WriteAsync(
                [Lock(nodeId)],
                async db =>
                {
                    var node = await FindAsync(db, nodeId, cancellationToken);
                    if (node is not { Present: true } || !(node.ExpiresAt <= now))
                    {
                        return (false, Change.Nothing);
                    }

                    node.Present = false;
                    telemetry.NodeChanged("expired");
                    Log.Expired(logger, nodeId, _options.Ttl);
                    return (true, Change.Network);
                },
                cancellationToken
            );
        }

        return due.Count;
    }

    /// <summary>Replaces the nodes of one source with those that it names now.</summary>
    public async Task SetStaticAsync(string source, IReadOnlyList<StaticNode> nodes, CancellationToken cancellationToken) =>
        await changes.WriteAsync(
            [$"static:{source}", .. nodes.Select(node => Lock(node.NodeId))],
            async db =>
            {
                var known = await db.Nodes.Where(node => node.Source == source).ToDictionaryAsync(node => node.NodeId, cancellationToken);
                bool changed = false;
                foreach (var wanted in nodes)
                {
                    var node = known.GetValueOrDefault(wanted.NodeId) ?? await db.Nodes.FindAsync([wanted.NodeId], cancellationToken);
                    known.Remove(wanted.NodeId);
                    if (node is null)
                    {
                        node = new()
                        {
                            NodeId = wanted.NodeId,
                            Address = "",
                            Source = source,
                            ModelsJson = "[]",
                            RegisteredAt = time.GetUtcNow(),
                        };
                        db.Nodes.Add(node);
                    }

                    string models = Node.WriteModels(wanted.Models);
                    changed |=
                        !node.Present
                        || node.Address != wanted.Address.AbsoluteUri
                        || node.Kind != wanted.Kind
                        || node.Token != wanted.Token
                        || node.ModelsJson != models
                        || node.Source != source;
                    node.Address = wanted.Address.AbsoluteUri;
                    node.Kind = wanted.Kind;
                    node.Token = wanted.Token;
                    node.ModelsJson = models;
                    node.Source = source;
                    node.Present = true;
                    node.Leaving = false;
                    node.ExpiresAt = null;
                }

                foreach (var gone in known.Values.Where(node => node.Present))
                {
                    gone.Present = false;
                    changed = true;
                }

                return (true, changed ? Change.Network : Change.Nothing);
            },
            cancellationToken
        );

    private static string Lock(string nodeId) => $"node:{nodeId}";

    private static async Task<Node> FindAsync(PricingDb db, string nodeId, CancellationToken cancellationToken) =>
        await db.Nodes.FindAsync([nodeId], cancellationToken) ?? throw PricingRefusals.NotFound($"There is no node {nodeId}.");

    private static void Check(string nodeId, NodeRegistration registration)
    {
        if (!NodeIds.IsValid(nodeId))
        {
            throw PricingRefusals.Invalid($"A node id must have {NodeIds.Rule}.");
        }

        if (registration.Address is not { IsAbsoluteUri: true } || registration.Address.Scheme is not ("http" or "https"))
        {
            throw PricingRefusals.Invalid("address must be an absolute http or https address that gateways can reach.");
        }

        CheckModels(registration.Models);
    }

    private static void CheckModels(IReadOnlyList<NodeModel> models)
    {
        HashSet<string> ids = new(StringComparer.Ordinal);
        foreach (var model in models)
        {
            if (string.IsNullOrWhiteSpace(model.ModelId))
            {
                throw PricingRefusals.Invalid("models: model_id must not be empty.");
            }

            if (!ids.Add(model.ModelId))
            {
                throw PricingRefusals.Invalid($"models: {model.ModelId} is named twice.");
            }

            if (model.Capacity < 1)
            {
                throw PricingRefusals.Invalid($"models: capacity of {model.ModelId} must be at least 1, not {model.Capacity}.");
            }

            if (model.Tiles is { } tiles && (tiles.Side < LeastTile || tiles.LongestEdge < tiles.Side || tiles.LongestEdge > LongestEdge))
            {
                throw PricingRefusals.Invalid(
                    $"models: tiles of {model.ModelId} must have a side of {LeastTile} or more and a longest_edge from the side to "
                        + $"{LongestEdge}, not {tiles.Side} and {tiles.LongestEdge}."
                );
            }

            if (model.Price is { } price)
            {
                PriceLimits.Check(price, model.ModelId);
            }
        }
    }

    private async Task<NodeLease> LeaseAsync(PricingDb db, Node node, CancellationToken cancellationToken) =>
        new(
            node.NodeId,
            node.State,
            _options.Ttl.TotalSeconds,
            _options.Ttl.TotalSeconds / RenewalsInLease,
            node.ExpiresAt!.Value,
            node.Kind == NodeKind.Native && await VerificationQueue.IsWaitingAsync(db, time.GetUtcNow(), cancellationToken)
        );

    private static partial class Log
    {
        [LoggerMessage(30, LogLevel.Information, "Node {NodeId} has joined with {Models} models.")]
        public static partial void Came(ILogger logger, string nodeId, int models);

        [LoggerMessage(31, LogLevel.Warning, "Node {NodeId} has not renewed its lease for {Ttl} and has left.")]
        public static partial void Expired(ILogger logger, string nodeId, TimeSpan ttl);

        [LoggerMessage(
            32,
            LogLevel.Warning,
            "Another process registers as node {NodeId} while its lease runs: a restart, or an id given twice."
        )]
        public static partial void Replaced(ILogger logger, string nodeId);
    }
}

/// <summary>A node that an operator names.</summary>
internal sealed record StaticNode(string NodeId, Uri Address, NodeKind Kind, string? Token, IReadOnlyList<NodeModel> Models);
