using ImageToText.Gateway.Registry;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Forwarding;

/// <summary>Selection learns what the proxy's health checks find out about a node.</summary>
public sealed class NodeProbeTests
{
    [Fact]
    public async Task A_node_that_fails_its_health_checks_is_unhealthy_until_it_answers_again()
    {
        await using var cluster = await TestCluster.BuildAsync(2, 0);
        cluster.Nodes[0].Behaviour.HealthStatus = 503;
        // A runner whose health path needs a token.
        cluster.Nodes[1].Behaviour.HealthStatus = 401;
        await cluster.AddGatewayAsync("Gateway:Forwarding:ProbeInterval=00:00:00.02", "Gateway:Forwarding:ProbeTimeout=00:00:30");
        var network = cluster.Service<Network>();

        await Eventually.HoldsAsync(() => network.StatsOf("node-0").ActivelyUnhealthy);
        Assert.False(network.StatsOf("node-1").ActivelyUnhealthy);

        cluster.Nodes[0].Behaviour.HealthStatus = 200;
        await Eventually.HoldsAsync(() => !network.StatsOf("node-0").ActivelyUnhealthy);
    }
}
