using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using ImageToText.Gateway.Admission;
using ImageToText.Gateway.Forwarding;
using ImageToText.Gateway.Jobs.Running;
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

    [Fact]
    public async Task Pictures_that_a_node_fails_fail_for_good_and_the_others_are_captioned()
    {
        // Tried twice each, they fail more often in a row than a node may that is not to blame.
        const int good = 28;
        const int bad = 36;
        await using var cluster = await TestCluster.BuildAsync(settings: ["Gateway:Jobs:Retries=1"]);
        cluster.Nodes[0].Behaviour.StatusOf = static length => IsBad(length) ? 500 : 200;
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var lines = Enumerable.Range(0, good + bad).Select(static i => i * bad % (good + bad) < bad ? BadLine(i) : GoodLine(i));
        var ended = await Library.EndAsync(http, (string)(await Library.RunAsync(http, lines))["id"]!);
        Assert.Equal("""{"total":64,"completed":28,"failed":36}""", ended["request_counts"]!.ToJsonString());
        Assert.False(cluster.Service<Network>().StatsOf("node-0").FailsAll(PricingHost.Model));
    }

    [Fact]
    public async Task A_picture_that_takes_its_node_down_each_time_fails_in_spite_of_the_pauses()
    {
        await using var cluster = await TestCluster.BuildAsync(
            settings: ["Gateway:Jobs:Retries=1", "Gateway:Forwarding:ProbeInterval=00:00:00.02", "Gateway:Forwarding:ProbeTimeout=00:00:30"]
        );
        var node = cluster.Nodes[0].Behaviour;
        var stats = cluster.Service<Network>().StatsOf("node-0");
        await Eventually.HoldsAsync(() => !stats.ActivelyUnhealthy);
        node.StatusOf = length =>
        {
            // It breaks down at the picture, and is back after the next request.
            node.HealthStatus = node.HealthStatus == 200 ? 503 : 200;
            return IsBad(length) ? 0 : 200;
        };
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var ended = await Library.EndAsync(http, (string)(await Library.RunAsync(http, [BadLine(0)]))["id"]!);
        Assert.Equal("""{"total":1,"completed":0,"failed":1}""", ended["request_counts"]!.ToJsonString());
    }

    [Theory]
    [InlineData(NodeStats.ManyMisses, 0, 0, "no_node", true)]
    [InlineData(NodeStats.ManyMisses, 0, Attempts.MostPauses, "caption_failed", true)]
    [InlineData(NodeStats.ManyMisses - 1, 0, 0, "caption_failed", true)]
    [InlineData(NodeStats.ManyMisses - 1, 1, 0, "caption_failed", false)]
    public async Task An_item_waits_only_so_often_and_counts_once_against_a_node_that_passes_its_health_checks(
        int misses,
        int failures,
        int pauses,
        string code,
        bool failsAll
    )
    {
        await using var cluster = await TestCluster.BuildAsync();
        cluster.Nodes[0].Behaviour.Status = 500;
        var stats = cluster.Service<Network>().StatsOf("node-0");
        for (int i = 0; i < misses; i++)
        {
            stats.Missed(PricingHost.Model);
        }

        byte[] body = Encoding.UTF8.GetBytes(JsonNode.Parse(GoodLine(0))!["body"]!.ToJsonString());
        var item = new AdmittedItem("item", cluster.Service<RequestAuthorizer>().Nobody, 1, null, failures, pauses);
        var answer = await cluster.Service<LineRun>().RunAsync(item, Library.Path, body, TestContext.Current.CancellationToken);
        Assert.Equal((code, failsAll), (answer.Code, stats.FailsAll(PricingHost.Model)));
    }

    private static bool IsBad(long length) => length > Pictures.Png(200, 200).Length;

    private static string GoodLine(int i) => Library.Line(string.Create(CultureInfo.InvariantCulture, $"good{i}"), 16 + i);

    private static string BadLine(int i) => Library.Line(string.Create(CultureInfo.InvariantCulture, $"bad{i}"), 400 + i);
}
