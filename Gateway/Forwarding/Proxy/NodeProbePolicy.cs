using System.Collections.Concurrent;
using ImageToText.Gateway.Registry;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace ImageToText.Gateway.Forwarding.Proxy;

/// <summary>
/// What a node's answer to GET /health means: one that does not answer, or answers with a 5xx, twice in a row is unwell until it
/// answers again. A runner that guards or lacks the path is well: it answered.
/// </summary>
internal sealed class NodeProbePolicy(Network network, IDestinationHealthUpdater updater) : IActiveHealthCheckPolicy
{
    public const string PolicyName = "NodeHealth";

    private const int Failures = 2;
    private readonly ConcurrentDictionary<string, int> _failures = new(StringComparer.Ordinal);

    public string Name => PolicyName;

    public void ProbingCompleted(ClusterState cluster, IReadOnlyList<DestinationProbingResult> probingResults)
    {
        var found = new List<NewActiveDestinationHealth>(probingResults.Count);
        foreach (var result in probingResults)
        {
            var id = result.Destination.DestinationId;
            var failed = result.Exception is not null || (int?)result.Response?.StatusCode >= 500;
            var count = failed ? _failures.AddOrUpdate(id, 1, static (_, before) => before + 1) : 0;
            if (!failed)
            {
                _failures.TryRemove(id, out _);
            }

            var unwell = count >= Failures;
            network.StandingOf(id).ActivelyUnhealthy = unwell;
            found.Add(new NewActiveDestinationHealth(result.Destination, unwell ? DestinationHealth.Unhealthy : DestinationHealth.Healthy));
        }

        updater.SetActive(cluster, found);
    }
}
