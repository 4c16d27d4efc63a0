using System.Collections.Frozen;
using ImageToText.Contracts;
using ImageToText.Contracts.Prices;
using ImageToText.Contracts.Registry;
using ImageToText.Gateway.Selection;

namespace ImageToText.Gateway.Registry;

/// <summary>The latest network, arranged for choosing nodes.</summary>
internal sealed class NetworkView
{
    /// <summary>Before the first snapshot has arrived.</summary>
    public static readonly NetworkView Empty = new(
        new NetworkSnapshot([], null, [], new ExchangeRate(null, null, null, null, true), 0),
        static id => throw new InvalidOperationException(id)
    );

    private readonly FrozenDictionary<string, NodeOffer[]> _offers;
    private readonly FrozenDictionary<string, NetworkNode> _nodes;
    private readonly FrozenDictionary<string, string?[]> _revisions;
    private readonly FrozenDictionary<string, PriceCap> _caps;
    private readonly FrozenDictionary<string, PromptUse?> _promptUses;
    private readonly PriceCap? _defaultCap;

    /// <summary>Arranges <paramref name="snapshot"/>.</summary>
    /// <param name="snapshot">The network.</param>
    /// <param name="statsOf">What this gateway has seen of a node.</param>
    public NetworkView(NetworkSnapshot snapshot, Func<string, NodeStats> statsOf)
    {
        Snapshot = snapshot;
        _nodes = snapshot.Nodes.ToFrozenDictionary(static node => node.NodeId, StringComparer.Ordinal);
        var offers = new Dictionary<string, List<NodeOffer>>(StringComparer.Ordinal);
        foreach (var node in snapshot.Nodes)
        {
            foreach (var model in node.Models)
            {
                if (node.State == NodeState.Active && model.UsdPerPixel is { } price)
                {
                    var list = offers.TryGetValue(model.ModelId, out var found) ? found : offers[model.ModelId] = [];
                    list.Add(
                        new NodeOffer(
                            statsOf(node.NodeId),
                            model.ModelId,
                            price,
                            model.State == ModelState.Warm,
                            Math.Max(1, model.Capacity)
                        )
                        {
                            IsNative = node.Kind == NodeKind.Native,
                            Tiles = model.Tiles,
                            // A foreign runner returns one, whatever is asked for.
                            SequenceShare = node.Kind == NodeKind.Native ? model.SequenceShare : 0,
                        }
                    );
                }
            }
        }

        _offers = offers.ToFrozenDictionary(static pair => pair.Key, static pair => pair.Value.ToArray(), StringComparer.Ordinal);
        _revisions = snapshot
            .Nodes.SelectMany(static node => node.Models)
            .GroupBy(static model => model.ModelId, StringComparer.Ordinal)
            .ToFrozenDictionary(
                static models => models.Key,
                static models =>
                    models
                        .Select(static model => model.Revision)
                        .Distinct(StringComparer.Ordinal)
                        .OrderBy(static revision => revision is null)
                        .ToArray(),
                StringComparer.Ordinal
            );
        _promptUses = snapshot
            .Nodes.SelectMany(static node => node.Models)
            .Where(static model => model.PromptUse is not null)
            .DistinctBy(static model => model.ModelId, StringComparer.Ordinal)
            .ToFrozenDictionary(static model => model.ModelId, static model => model.PromptUse, StringComparer.Ordinal);
        _defaultCap = snapshot.Caps.FirstOrDefault(static cap => cap.ModelId is null);
        _caps = snapshot
            .Caps.Where(static cap => cap.ModelId is not null)
            .ToFrozenDictionary(static cap => cap.ModelId!, StringComparer.Ordinal);
        DefaultModelId =
            snapshot.DefaultModelId
            ?? snapshot
                .Nodes.SelectMany(static node => node.Models)
                .FirstOrDefault(static model => model.State == ModelState.Warm)
                ?.ModelId;
    }

    /// <summary>The network.</summary>
    public NetworkSnapshot Snapshot { get; }

    /// <summary>The model for requests that name none; null: there is none.</summary>
    public string? DefaultModelId { get; }

    /// <summary>Every model that is offered.</summary>
    public IEnumerable<string> ModelIds => _offers.Keys;

    /// <summary>The offers for a model; empty: there are none.</summary>
    public IReadOnlyList<NodeOffer> OffersOf(string modelId) => _offers.GetValueOrDefault(modelId, []);

    /// <summary>Whether any node has the model, with or without a price.</summary>
    public bool Knows(string modelId) =>
        _offers.ContainsKey(modelId) || Snapshot.Nodes.Any(node => node.Models.Any(model => model.ModelId == modelId));

    /// <summary>A node; null: it has left.</summary>
    public NetworkNode? NodeOf(string nodeId) => _nodes.GetValueOrDefault(nodeId);

    /// <summary>The revisions of a model on the nodes, known ones first; null stands for nodes that report none.</summary>
    public IReadOnlyList<string?> RevisionsOf(string modelId) => _revisions.GetValueOrDefault(modelId, []);

    /// <summary>The revision of a model on a node or, without a node, the first known one; null: unknown.</summary>
    public string? RevisionOf(string modelId, string? nodeId = null)
    {
        foreach (var node in Snapshot.Nodes)
        {
            if (nodeId is null || node.NodeId == nodeId)
            {
                foreach (var model in node.Models)
                {
                    if (model.ModelId == modelId && model.Revision is { } revision)
                    {
                        return revision;
                    }
                }
            }
        }

        return null;
    }

    /// <summary>What a model does with a prompt; null: no node says.</summary>
    public PromptUse? PromptUseOf(string modelId) => _promptUses.GetValueOrDefault(modelId);

    /// <summary>The languages that a model writes; empty: no node says.</summary>
    public IReadOnlyList<string> LanguagesOf(string modelId) =>
        Snapshot
            .Nodes.SelectMany(static node => node.Models)
            .FirstOrDefault(model => model.ModelId == modelId && model.Languages is not null)
            ?.Languages
        ?? [];

    /// <summary>
    /// The gateway's own cap for a model, in USD per pixel; null: none. A cap whose exchange rate is missing admits nothing.
    /// </summary>
    public decimal? CapOf(string modelId) => _caps.GetValueOrDefault(modelId, _defaultCap!) is { } cap ? cap.UsdPerPixel ?? 0 : null;
}
