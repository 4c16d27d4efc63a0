using ImageToText.Gateway.Registry;
using ImageToText.Gateway.Selection;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Jobs;

/// <summary>Jobs while no node captions anything.</summary>
public sealed class NodesDownTests
{
    private const int Items = 4;

    [Theory]
    [InlineData(503)]
    [InlineData(200)]
    public async Task Items_wait_for_nodes_that_are_away_or_fail_everyone(int health)
    {
        await using var cluster = await TestCluster.BuildAsync(
            settings: ["Gateway:Jobs:Retries=0", "Gateway:Forwarding:ProbeInterval=00:00:00.02", "Gateway:Forwarding:ProbeTimeout=00:00:30"]
        );
        var node = cluster.Nodes[0].Behaviour;
        var stats = cluster.Service<Network>().StatsOf("node-0");
        (node.Status, node.HealthStatus) = (500, health);
        if (health == 200)
        {
            // It answers health checks, but everyone got an error.
            for (int i = 0; i < NodeStats.ManyMisses; i++)
            {
                stats.Missed(PricingHost.Model);
            }
        }

        await Eventually.HoldsAsync(() => stats.FailsAll(PricingHost.Model));
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        string id = (string)(await Library.RunAsync(http, Library.Lines(Items)))["id"]!;

        // A failure that counts would be an item's last.
        await Eventually.HoldsAsync(() => node.Received > Items);
        (node.Status, node.HealthStatus) = (200, 200);
        Assert.Equal("""{"total":4,"completed":4,"failed":0}""", (await Library.EndAsync(http, id))["request_counts"]!.ToJsonString());
        await Eventually.HoldsAsync(() => !stats.FailsAll(PricingHost.Model));
    }

    [Fact]
    public async Task An_item_that_fails_where_others_may_succeed_fails_for_good()
    {
        await using var cluster = await TestCluster.BuildAsync(settings: ["Gateway:Jobs:Retries=0"]);
        cluster.Nodes[0].Behaviour.Status = 500;
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var ended = await Library.EndAsync(http, (string)(await Library.RunAsync(http, Library.Lines(Items)))["id"]!);
        Assert.All(
            await Library.LinesOfAsync(http, ended["error_file_id"]),
            static line => Assert.Equal("caption_failed", (string)line["response"]!["body"]!["error"]!["code"]!)
        );
        Assert.Equal(Items, cluster.Nodes[0].Behaviour.Received);
    }
}
