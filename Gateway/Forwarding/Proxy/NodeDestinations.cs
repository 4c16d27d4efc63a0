using ImageToText.Gateway.Registry;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Configuration;

namespace ImageToText.Gateway.Forwarding.Proxy;

/// <summary>
/// The network as the proxy knows it: one cluster whose destinations are the nodes, with their connections and health. No route
/// leads there, since selection chooses the node. It follows the registry.
/// </summary>
internal sealed class NodeDestinations : IProxyConfigProvider, IDisposable
{
    /// <summary>The cluster of all nodes.</summary>
    public const string NodesCluster = "nodes";

    private readonly Network _network;
    private readonly ForwardingOptions _forwarding;
    private volatile Config _config;

    public NodeDestinations(Network network, IOptions<ForwardingOptions> forwarding)
    {
        _network = network;
        _forwarding = forwarding.Value;
        _config = Build(network.View);
        network.Changed += Update;
    }

    /// <inheritdoc/>
    public IProxyConfig GetConfig() => _config;

    /// <inheritdoc/>
    public void Dispose()
    {
        _network.Changed -= Update;
        _config.Dispose();
    }

    private void Update(NetworkView view)
    {
        var before = _config;
        var next = Build(view);
        // A changed price or queue does not concern the proxy, so its destinations stay the same.
        if (!next.SameDestinations(before))
        {
            _config = next;
            before.SignalChange();
        }
    }

    private Config Build(NetworkView view)
    {
        var nodes = new ClusterConfig
        {
            ClusterId = NodesCluster,
            Destinations = view.Snapshot.Nodes.ToDictionary(
                static node => node.NodeId,
                static node => new DestinationConfig { Address = node.Address.AbsoluteUri }
            ),
            HealthCheck = new HealthCheckConfig
            {
                Active = new ActiveHealthCheckConfig
                {
                    Enabled = true,
                    Interval = _forwarding.ProbeInterval,
                    Timeout = _forwarding.ProbeTimeout,
                    Policy = NodeProbePolicy.PolicyName,
                    Path = "/health",
                },
            },
        };
        return new Config(nodes);
    }

    private sealed class Config : IProxyConfig, IDisposable
    {
        private readonly CancellationTokenSource _changed = new();

        public Config(ClusterConfig nodes)
        {
            Clusters = [nodes];
            ChangeToken = new CancellationChangeToken(_changed.Token);
        }

        public IReadOnlyList<RouteConfig> Routes => [];

        public IReadOnlyList<ClusterConfig> Clusters { get; }

        public IChangeToken ChangeToken { get; }

        public bool SameDestinations(Config other)
        {
            var mine = Clusters[0].Destinations!;
            var theirs = other.Clusters[0].Destinations!;
            return mine.Count == theirs.Count
                && mine.All(pair => theirs.TryGetValue(pair.Key, out var destination) && destination.Address == pair.Value.Address);
        }

        public void SignalChange() => _changed.Cancel();

        public void Dispose() => _changed.Dispose();
    }
}
