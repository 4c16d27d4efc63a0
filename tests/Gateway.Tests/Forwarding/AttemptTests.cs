using System.Net;
using System.Text.Json.Nodes;
using ImageToText.Contracts.Registry;
using ImageToText.Gateway.Tests.Jobs;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Forwarding;

public sealed class AttemptTests
{
    private static readonly byte[] Square = Pictures.Png(512, 512);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Hedging_asks_a_second_node_when_the_first_exceeds_its_95th_percentile_and_charges_once()
    {
        await using var cluster = await TestCluster.BuildAsync(2, 1, "Gateway:Forwarding:Hedging=true");
        using var http = cluster.Client(cluster.Pricing.AddKey("alice", budget: 1));
        for (int i = 0; i < 30; i++)
        {
            using var quick = await http.PostAsync("/image-to-text", Pictures.Form(Square), Cancelled);
            Assert.Equal(HttpStatusCode.OK, quick.StatusCode);
        }

        cluster.Nodes[0].Behaviour.Delay = TimeSpan.FromMinutes(5);
        int before = cluster.Nodes[0].Behaviour.Received;
        int sent = 30;
        do
        {
            await Task.WhenAll(
                Enumerable
                    .Range(0, 8)
                    .Select(async _ =>
                    {
                        using var answer = await http.PostAsync("/image-to-text", Pictures.Form(Square), Cancelled);
                        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancelled));
                        Assert.Equal("node-1", answer.Headers.GetValues("x-node").Single());
                        Interlocked.Increment(ref sent);
                    })
            );
        } while (cluster.Nodes[0].Behaviour.Received < before + 3);

        await Eventually.HoldsAsync(() => cluster.Nodes[0].Behaviour.Running == 0);
        await http.GetStringAsync("/usage", Cancelled);
        Assert.Equal(sent, cluster.Pricing.Ledger.Count);
        Assert.Equal(0, cluster.Service<Registry.Network>().StatsOf("node-0").Suspension.Faults);
        await Eventually.HoldsAsync(() => cluster.Service<ImageToText.Gateway.Intake.PictureIntake>().Room.Held == 0);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 0.0021)]
    public async Task Hedging_waits_for_a_slow_caption_without_another_node_or_the_money_for_one(int nodes, decimal budget)
    {
        await using var cluster = await TestCluster.BuildAsync(
            nodes,
            1,
            "Gateway:Forwarding:Hedging=true",
            "Gateway:Budgets:Wait=00:00:00.1"
        );
        using var http = cluster.Client(cluster.Pricing.AddKey("alice", budget));
        for (int i = 0; i < 30; i++)
        {
            using var quick = await http.PostAsync("/image-to-text", Pictures.Form(Square), Cancelled);
            Assert.Equal(HttpStatusCode.OK, quick.StatusCode);
        }

        // Far beyond the 95th percentile. With two nodes, the rest of the budget pays for one attempt, not for two.
        cluster.Nodes.ForEach(static node => node.Behaviour.Delay = TimeSpan.FromSeconds(2));
        using var slow = await http.PostAsync("/image-to-text", Pictures.Form(Square), Cancelled);
        Assert.True(slow.IsSuccessStatusCode, await slow.Content.ReadAsStringAsync(Cancelled));
        await Eventually.HoldsAsync(() => cluster.Nodes.All(static node => node.Behaviour.Running == 0));
        await http.GetStringAsync("/usage", Cancelled);
        Assert.Equal(31, cluster.Pricing.Ledger.Count);
    }

    [Fact]
    public async Task A_node_value_that_no_header_can_hold_does_not_fail_the_caption()
    {
        await using var cluster = await TestCluster.BuildAsync();
        // Its answers carry no revision, so the registered one counts.
        cluster.Nodes[0].Behaviour.Plain = true;
        cluster.Register((_, node) => node with { Models = [node.Models[0] with { Revision = "B\u00dcRO" }] });
        await Eventually.HoldsAsync(() => cluster.Service<Registry.Network>().View.RevisionOf(PricingHost.Model) == "B\u00dcRO");
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        foreach (string stream in (string[])["false", "true"])
        {
            using var answer = await http.PostAsync("/image-to-text", Pictures.Form(Square, ("stream", stream)), Cancelled);
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancelled));
            Assert.Equal("B?RO", answer.Headers.GetValues("x-model-revision").Single());
        }
    }

    [Fact]
    public async Task A_caller_who_disconnects_is_not_charged_and_the_node_is_not_blamed()
    {
        await using var cluster = await TestCluster.BuildAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice", budget: 1));
        cluster.Nodes[0].Behaviour.Delay = TimeSpan.FromMinutes(5);
        using var leaving = new CancellationTokenSource();
        var asking = http.PostAsync("/image-to-text", Pictures.Form(Square), leaving.Token);
        await Eventually.HoldsAsync(() => cluster.Nodes[0].Behaviour.Running == 1);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        await Eventually.HoldsAsync(() => cluster.Nodes[0].Behaviour.Running == 0);

        cluster.Nodes[0].Behaviour.Delay = TimeSpan.Zero;
        using var answer = await http.PostAsync("/image-to-text", Pictures.Form(Square), Cancelled);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var stats = cluster.Service<Registry.Network>().StatsOf("node-0");
        await Eventually.HoldsAsync(() => stats.InFlight == 0);
        Assert.Equal(0, stats.Suspension.Faults);
        await http.GetStringAsync("/usage", Cancelled);
        Assert.Single(cluster.Pricing.Ledger);
    }

    [Fact]
    public async Task An_item_that_runs_out_of_time_takes_no_node_from_those_who_wait()
    {
        using var folder = new TemporaryFolder();
        NativeJobs.Write(folder, "a.png", 16);
        await using var cluster = await TestCluster.BuildAsync(
            settings:
            [
                "Gateway:Forwarding:AttemptTimeout=00:00:01",
                "Gateway:Jobs:Retries=0",
                "Gateway:OpenFolders:Folders:0:Name=photos",
                "Gateway:OpenFolders:Folders:0:Path=" + folder.Path,
            ]
        );
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        cluster.Nodes[0].Behaviour.Holds = new TaskCompletionSource().Task;
        var started = await NativeJobs.StartAsync(http, new JsonObject { ["folder"] = "photos" });
        Assert.Equal(1, (await NativeJobs.EndAsync(http, started.Id)).Failures["caption_failed"]);
        Assert.Equal(0, cluster.Service<Registry.Network>().StatsOf("node-0").Suspension.Faults);
    }

    [Fact]
    public async Task A_node_that_rejects_our_token_is_skipped_but_not_suspended()
    {
        await using var cluster = await TestCluster.BuildAsync(nodes: 2);
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        cluster.Nodes[0].Behaviour.Status = 401;
        for (int i = 0; i < 20; i++)
        {
            using var answer = await http.PostAsync("/image-to-text", Pictures.Form(Square), Cancelled);
            Assert.Equal("node-1", answer.Headers.GetValues("x-node").Single());
        }

        Assert.Equal(0, cluster.Service<Registry.Network>().StatsOf("node-0").Suspension.Faults);
    }

    [Fact]
    public async Task An_empty_caption_from_a_foreign_runner_is_not_charged()
    {
        await using var cluster = await TestCluster.BuildAsync();
        cluster.Register(static (_, node) => node with { Kind = NodeKind.Runner });
        cluster.Nodes[0].Behaviour.Plain = true;
        cluster.Nodes[0].Behaviour.Text = "";
        using var http = cluster.Client(cluster.Pricing.AddKey("alice", budget: 1));
        using var answer = await http.PostAsync("/image-to-text", Pictures.Form(Square), Cancelled);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        await http.GetStringAsync("/usage", Cancelled);
        Assert.Empty(cluster.Pricing.Ledger);
    }

    [Fact]
    public async Task A_stream_from_a_foreign_runner_is_a_single_event()
    {
        await using var cluster = await TestCluster.BuildAsync();
        cluster.Nodes[0].Behaviour.Plain = true;
        cluster.Register(static (_, node) => node with { Kind = NodeKind.Runner });
        using var http = cluster.Client(cluster.Pricing.AddKey("alice", budget: 1));
        using var answer = await http.PostAsync("/image-to-text", Pictures.Form(Square, ("stream", "true")), Cancelled);
        Assert.Equal("event: caption\ndata: {\"text\":\"a picture\"}\n\n", await answer.Content.ReadAsStringAsync(Cancelled));
    }
}
