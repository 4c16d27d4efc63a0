using System.Collections.Concurrent;
using ImageToText.Contracts.Registry;
using ImageToText.Gateway.Selection;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Registry;

/// <summary>The newest view of the network, and what was seen of its nodes across views.</summary>
internal sealed class Network(IOptions<SelectionOptions> options, TimeProvider time, Random random)
{
    private readonly ConcurrentDictionary<string, NodeStanding> _standings = new(StringComparer.Ordinal);
    private volatile NetworkView _view = NetworkView.Empty;

    /// <summary>Told when a new view is in force.</summary>
    public event Action<NetworkView>? Changed;

    /// <summary>The view in force.</summary>
    public NetworkView View => _view;

    /// <summary>Whether any snapshot has come.</summary>
    public bool IsKnown => !ReferenceEquals(_view, NetworkView.Empty);

    /// <summary>Puts a new snapshot in force.</summary>
    public void Update(NetworkSnapshot snapshot)
    {
        foreach (var gone in _standings.Keys.Except(snapshot.Nodes.Select(static node => node.NodeId)))
        {
            _standings.TryRemove(gone, out _);
        }

        var view = new NetworkView(snapshot, StandingOf);
        _view = view;
        Changed?.Invoke(view);
    }

    /// <summary>What was seen of a node.</summary>
    public NodeStanding StandingOf(string nodeId) =>
        _standings.GetOrAdd(nodeId, static (id, args) => new NodeStanding(id, args.Item1, args.Item2, args.Item3), (options.Value, time, random));
}
