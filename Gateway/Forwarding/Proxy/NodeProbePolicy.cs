using System.Net;
using ImageToText.Gateway.Registry;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace ImageToText.Gateway.Forwarding.Proxy;

/// <summary>
/// How to read a node's answer to GET /health. Only silence and a 5xx are failures: a runner that protects the path or lacks it
/// has still answered. The proxy's own policy counts them, and selection reads the result.
/// </summary>
/// <param name="network">Provides the nodes' stats.</param>
/// <param name="services">Provides the proxy's policies when they are needed, since this is one of them.</param>
internal sealed class NodeProbePolicy(Network network, IServiceProvider services) : IActiveHealthCheckPolicy
{
    public const string PolicyName = "NodeHealth";

    private readonly Lazy<IActiveHealthCheckPolicy> _counting = new(() =>
        services
            .GetServices<IActiveHealthCheckPolicy>()
            .Single(static policy => policy.Name == HealthCheckConstants.ActivePolicy.ConsecutiveFailures)
    );

    public string Name => PolicyName;

    public void ProbingCompleted(ClusterState cluster, IReadOnlyList<DestinationProbingResult> probingResults)
    {
        using var well = new HttpResponseMessage(HttpStatusCode.OK);
        _counting.Value.ProbingCompleted(cluster, [.. probingResults.Select(Judged)]);
        foreach (var result in probingResults)
        {
            network.StatsOf(result.Destination.DestinationId).ActivelyUnhealthy =
                result.Destination.Health.Active == DestinationHealth.Unhealthy;
        }

        DestinationProbingResult Judged(DestinationProbingResult result) =>
            (int?)result.Response?.StatusCode < 500 ? new(result.Destination, well, null) : result;
    }
}
