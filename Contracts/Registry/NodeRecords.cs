using System.Text.Json.Serialization;
using ImageToText.Contracts.Prices;

namespace ImageToText.Contracts.Registry;

/// <summary>Which API a node speaks.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<NodeKind>))]
public enum NodeKind
{
    /// <summary>An inference node of this product, with all its extensions.</summary>
    Native,

    /// <summary>Any runner that speaks the plain runner API.</summary>
    Runner,
}

/// <summary>Whether a node gets work.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<NodeState>))]
public enum NodeState
{
    /// <summary>It gets work.</summary>
    Active,

    /// <summary>It finishes what it has and gets nothing new.</summary>
    Draining,

    /// <summary>An operator has taken it out.</summary>
    Disabled,
}

/// <summary>How soon a node can answer with a model.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<ModelState>))]
public enum ModelState
{
    /// <summary>Loaded.</summary>
    Warm,

    /// <summary>Being loaded.</summary>
    Loading,

    /// <summary>In the node's store; loaded when asked for.</summary>
    OnDemand,
}

/// <summary>What a node runs on.</summary>
/// <param name="Provider">Execution provider: <c>cpu</c> or <c>cuda</c>.</param>
/// <param name="Device">The device's name.</param>
/// <param name="MemoryBytes">Memory of that device.</param>
/// <param name="FreeMemoryBytes">How much of it is free.</param>
/// <param name="Cores">Processor cores.</param>
public sealed record NodeHardware(string Provider, string? Device, long? MemoryBytes, long? FreeMemoryBytes, int? Cores);

/// <summary>A model as a node announces it.</summary>
/// <param name="ModelId">Its id, such as <c>org/name</c>.</param>
/// <param name="Revision">Hash of its exact weights and settings; part of every cache key. Null for foreign runners.</param>
/// <param name="State">How soon it can answer.</param>
/// <param name="Capacity">Requests that it takes at a time before it answers 429.</param>
/// <param name="Price">Announced price; null: the operator's or the recommended one.</param>
/// <param name="Precision"><c>f32</c>, <c>int8</c> or <c>f16</c>.</param>
/// <param name="OptimizationFlags">Flags from <c>aiModels.json</c>, unchanged.</param>
/// <param name="PromptUse">What it does with a prompt; null: the node doesn't say.</param>
/// <param name="Tiles">How it cuts pictures into tiles; null: it sees each as a whole.</param>
/// <param name="Languages">The languages that it writes, as tags such as <c>en</c>; null: the node doesn't say.</param>
public sealed record NodeModel(
    string ModelId,
    string? Revision,
    ModelState State,
    int Capacity = 1,
    Price? Price = null,
    string? Precision = null,
    IReadOnlyDictionary<string, string>? OptimizationFlags = null,
    PromptUse? PromptUse = null,
    PictureTiles? Tiles = null,
    IReadOnlyList<string>? Languages = null
);

/// <summary>Body of <c>PUT /nodes/{node_id}</c>: a node registers, or replaces its registration.</summary>
/// <param name="Address">The base address at which gateways reach it, http or https.</param>
/// <param name="Kind">Which API it speaks.</param>
/// <param name="Version">Version of its software.</param>
/// <param name="Hardware">What it runs on.</param>
/// <param name="Models">Its models.</param>
/// <param name="Token">The bearer token that gateways must send; null: none.</param>
/// <param name="Instance">
/// A value that changes each time the node's process starts, so that two processes with the same id are noticed.
/// </param>
public sealed record NodeRegistration(
    Uri Address,
    NodeKind Kind,
    string? Version,
    NodeHardware? Hardware,
    IReadOnlyList<NodeModel> Models,
    string? Token = null,
    string? Instance = null
);

/// <summary>Body of <c>POST /nodes/{node_id}/heartbeat</c>, which renews the lease.</summary>
/// <param name="Models">The models as they are now; null: unchanged.</param>
/// <param name="Draining">The node is shutting down: give it nothing new.</param>
/// <param name="QueueDepth">Requests waiting.</param>
/// <param name="Running">Requests in the running batch.</param>
/// <param name="FreeMemoryBytes">Device memory free.</param>
public sealed record NodeHeartbeat(
    IReadOnlyList<NodeModel>? Models = null,
    bool Draining = false,
    int? QueueDepth = null,
    int? Running = null,
    long? FreeMemoryBytes = null
);

/// <summary>A node's place in the registry.</summary>
/// <param name="NodeId">The node.</param>
/// <param name="State">Its state; an operator may have changed it.</param>
/// <param name="TtlSeconds">It is removed if it has not renewed for this long.</param>
/// <param name="RenewAfterSeconds">When to renew.</param>
/// <param name="ExpiresAt">When the lease ends unless renewed.</param>
/// <param name="VerificationWaiting">A requested model is waiting to be verified: lease the job if there is room.</param>
public sealed record NodeLease(
    string NodeId,
    NodeState State,
    double TtlSeconds,
    double RenewAfterSeconds,
    DateTimeOffset ExpiresAt,
    bool VerificationWaiting
);

/// <summary>Body of <c>PUT /nodes/{node_id}/state</c>.</summary>
/// <param name="State">The state wanted.</param>
public sealed record NodeStateChange(NodeState State);

/// <summary>A node as operators see it.</summary>
/// <param name="NodeId">The node.</param>
/// <param name="Address">Its base address.</param>
/// <param name="Kind">Which API it speaks.</param>
/// <param name="State">Its state.</param>
/// <param name="Source"><c>lease</c>, <c>configuration</c>, or the name of the file it was read from.</param>
/// <param name="Version">Version of its software.</param>
/// <param name="Hardware">What it runs on.</param>
/// <param name="Models">Its models with the prices in force.</param>
/// <param name="QueueDepth">Requests waiting at its last heartbeat.</param>
/// <param name="Running">Requests running at its last heartbeat.</param>
/// <param name="RegisteredAt">When it registered.</param>
/// <param name="ExpiresAt">When its lease ends; null for static nodes.</param>
public sealed record NodeInfo(
    string NodeId,
    Uri Address,
    NodeKind Kind,
    NodeState State,
    string Source,
    string? Version,
    NodeHardware? Hardware,
    IReadOnlyList<NetworkModel> Models,
    int? QueueDepth,
    int? Running,
    DateTimeOffset RegisteredAt,
    DateTimeOffset? ExpiresAt
);
