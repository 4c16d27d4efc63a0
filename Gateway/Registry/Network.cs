using System.Collections.Concurrent;
using ImageToText.Contracts.Budgets;
using ImageToText.Contracts.Registry;
using ImageToText.Gateway.Selection;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Registry;

/// <summary>The current view of the network, and what this gateway has seen of its nodes across views.</summary>
internal sealed class Network(IOptions<SelectionOptions> options, TimeProvider time, Random random)
{
    private readonly ConcurrentDictionary<string, NodeStats> _stats = new(StringComparer.Ordinal);
    private long _asOf;
    private volatile NetworkView _view = NetworkView.Empty;

    /// <summary>Raised when a new view is in force.</summary>
    public event Action<NetworkView>? Changed;

    /// <summary>
    /// Raised with the slices of budgets that are needed elsewhere, which the pricing service reports along with the network.
    /// </summary>
    public event Action<IReadOnlyList<SliceRecall>>? Recalled;

    /// <summary>The view in force.</summary>
    public NetworkView View => _view;

    /// <summary>Whether a snapshot has arrived.</summary>
    public bool IsKnown => !ReferenceEquals(_view, NetworkView.Empty);

    /// <summary>When the pricing service last confirmed the view in force.</summary>
    public DateTimeOffset AsOf => new(Interlocked.Read(ref _asOf), TimeSpan.Zero);

    /// <summary>How long ago that was.</summary>
    public TimeSpan Age => IsKnown ? time.GetUtcNow() - AsOf : TimeSpan.Zero;

    /// <summary>Confirms the view in force.</summary>
    public void Confirm(DateTimeOffset asOf) => Interlocked.Exchange(ref _asOf, asOf.UtcTicks);

    /// <summary>Puts a snapshot in force that was true at <paramref name="asOf"/>.</summary>
    public void Update(NetworkSnapshot snapshot, DateTimeOffset asOf)
    {
        Confirm(asOf);
        foreach (string? gone in _stats.Keys.Except(snapshot.Nodes.Select(static node => node.NodeId)))
        {
            _stats.TryRemove(gone, out _);
        }

        var view = new NetworkView(snapshot, StatsOf);
        _view = view;
        Changed?.Invoke(view);
    }

    /// <summary>Passes on which slices of budgets are needed elsewhere.</summary>
    public void Recall(IReadOnlyList<SliceRecall> recalls) => Recalled?.Invoke(recalls);

    /// <summary>What this gateway has seen of a node.</summary>
    public NodeStats StatsOf(string nodeId) =>
        _stats.GetOrAdd(nodeId, static (id, args) => new NodeStats(id, args.Item1, args.Item2, args.Item3), (options.Value, time, random));
}
