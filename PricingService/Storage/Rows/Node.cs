using ImageToText.Contracts;
using ImageToText.Contracts.Registry;

namespace ImageToText.PricingService.Storage.Rows;

/// <summary>A node as stored.</summary>
internal sealed class Node
{
    /// <summary>The <see cref="Source"/> of nodes that register themselves.</summary>
    public const string Lease = "lease";

    public required string NodeId { get; set; }

    public required string Address { get; set; }

    public NodeKind Kind { get; set; }

    /// <summary>The state that an operator wants; it outlives the node's own coming and going.</summary>
    public NodeState WantedState { get; set; }

    /// <summary>Whether the node has said that it is shutting down.</summary>
    public bool Leaving { get; set; }

    /// <summary>Whether its lease is running, or it is static.</summary>
    public bool Present { get; set; }

    public required string Source { get; set; }

    public string? Version { get; set; }

    public string? Instance { get; set; }

    public string? Token { get; set; }

    public string? HardwareJson { get; set; }

    public required string ModelsJson { get; set; }

    public int? QueueDepth { get; set; }

    public int? Running { get; set; }

    public long? FreeMemoryBytes { get; set; }

    public DateTimeOffset RegisteredAt { get; set; }

    public DateTimeOffset? ExpiresAt { get; set; }

    public NodeState State =>
        WantedState != NodeState.Active ? WantedState
        : Leaving ? NodeState.Draining
        : NodeState.Active;

    public IReadOnlyList<NodeModel> ReadModels() => StoredJson.Read(ModelsJson, ContractsJson.Default.IReadOnlyListNodeModel) ?? [];

    public static string WriteModels(IReadOnlyList<NodeModel> models) =>
        StoredJson.Write(models, ContractsJson.Default.IReadOnlyListNodeModel)!;
}
