using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using ImageToText.Gateway.Live;
using ImageToText.Gateway.Tests.Jobs;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Caching;

/// <summary>A picture requested many times at once is captioned once, whichever process dies.</summary>
public sealed class SingleFlightTests : IAsyncLifetime
{
    // With 500 requests in progress, a lock may be renewed late. Another gateway then holds it.
    private const string LongLease = "Gateway:Cache:Lease=00:01:00";

    private readonly string _data = Directory.CreateTempSubdirectory("gateway-flights-").FullName;
    private RedisProcess _redis = null!;

    public async ValueTask InitializeAsync() => _redis = await RedisProcess.StartAsync();

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_data, recursive: true);
        return _redis.DisposeAsync();
    }

    [Fact]
    public async Task Five_hundred_requests_through_two_gateways_caption_a_new_picture_once()
    {
        await using var cluster = await CachingCluster.BuildAsync(_redis.ConnectionString, nodes: 2, gateways: 2, LongLease);
        cluster.Nodes.ForEach(static node => node.Behaviour.Delay = TimeSpan.FromMilliseconds(500));
        string key = cluster.Pricing.AddKey("alice", budget: 1);
        using var one = cluster.Client(key);
        using var other = cluster.Client(key, gateway: 1);
        byte[] picture = Pictures.Png(512, 512);
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 500).Select(i => CachingCluster.CaptionAsync(i % 2 == 0 ? one : other, picture))
        );

        Assert.All(answers, static answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        Assert.Equal(1, cluster.Nodes.Sum(static node => node.Behaviour.Received));
        Assert.Single(answers, static answer => answer.Cache == "miss");
        Assert.Single(answers, static answer => answer.Cost != "0");
    }

    [Fact]
    public async Task When_the_captioning_node_is_killed_one_more_caption_at_most_answers_all_500()
    {
        await using var cluster = await CachingCluster.BuildAsync(_redis.ConnectionString, nodes: 1, gateways: 2, LongLease);
        using var doomed = await ServiceProcess.StartNodeAsync(delayMs: 60_000);
        cluster.Pricing.SetNodes(PricingHost.Node("doomed", doomed.Address));
        await SeesAsync(cluster, "doomed");
        // No budget: the node doesn't count a caller that is still waiting for money.
        string key = cluster.Pricing.AddKey("alice");
        using var one = cluster.Client(key);
        using var other = cluster.Client(key, gateway: 1);
        byte[] picture = Pictures.Png(512, 512);
        var asked = Enumerable.Range(0, 500).Select(i => CachingCluster.CaptionAsync(i % 2 == 0 ? one : other, picture)).ToArray();
        await Eventually.HoldsAsync(() => InFlight(cluster) == 1);
        cluster.Pricing.SetNodes(PricingHost.Node("doomed", doomed.Address), PricingHost.Node("spare", cluster.Nodes[0].Address));
        await SeesAsync(cluster, "spare");
        Assert.Equal(1, InFlight(cluster));
        await doomed.KillAsync();
        var answers = await Task.WhenAll(asked);

        Assert.All(answers, static answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        Assert.Equal(1, cluster.Nodes[0].Behaviour.Received);
    }

    [Fact]
    public async Task When_the_captioning_gateway_is_killed_another_takes_over_after_its_lease()
    {
        await using var cluster = await CachingCluster.BuildAsync(
            _redis.ConnectionString,
            nodes: 1,
            gateways: 1,
            "Gateway:Cache:Lease=00:00:01"
        );
        using var doomed = await ServiceProcess.StartGatewayAsync(
            cluster.Pricing.Address,
            _data,
            "doomed",
            LoopbackPort.Free(),
            "00:00:00",
            $"--ConnectionStrings:redis={_redis.ConnectionString}",
            "--Gateway:Cache:Patience=00:00:20",
            "--Gateway:Cache:Lease=00:00:01"
        );
        string key = cluster.Pricing.AddKey("alice", budget: 1);
        using var leading = new HttpClient { BaseAddress = doomed.Address };
        leading.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var http = cluster.Client(key);
        await using var redis = await StackExchange.Redis.ConnectionMultiplexer.ConnectAsync(_redis.ConnectionString);
        byte[] picture = Pictures.Png(512, 512);

        // Use other pictures until the gateway to be killed has connected to Redis.
        byte[] found = Pictures.Png(8, 8);
        await Eventually.HoldsAsync(async () => (await CachingCluster.CaptionAsync(leading, found)).Cache == "hit");
        int before = cluster.Nodes[0].Behaviour.Received;
        cluster.Nodes[0].Behaviour.Delay = TimeSpan.FromSeconds(60);
        var lost = CachingCluster.CaptionAsync(leading, picture);
        await Eventually.HoldsAsync(() =>
            cluster.Nodes[0].Behaviour.Running == 1 && redis.GetServers().Single().Keys(pattern: "itt:lock:*").Any()
        );
        cluster.Nodes[0].Behaviour.Delay = TimeSpan.Zero;
        var asked = Enumerable.Range(0, 250).Select(_ => CachingCluster.CaptionAsync(http, picture)).ToArray();
        await doomed.KillAsync();
        var answers = await Task.WhenAll(asked);

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => lost);
        Assert.All(answers, static answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        Assert.Equal(before + 2, cluster.Nodes[0].Behaviour.Received);
    }

    [Fact]
    public async Task When_the_leading_caller_disconnects_the_next_one_leads()
    {
        await using var cluster = await CachingCluster.BuildAsync(_redis.ConnectionString);
        var node = cluster.Nodes[0].Behaviour;
        node.Delay = TimeSpan.FromSeconds(60);
        using var http = cluster.Client(cluster.Pricing.AddKey("alice", budget: 1));
        using var leaver = cluster.Client(cluster.Pricing.AddKey("bob", budget: 1));
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        byte[] picture = Pictures.Png(512, 512);
        var lead = leaver.PostAsync("/image-to-text", Pictures.Form(picture, ("stream", "true")), leaving.Token);
        await Eventually.HoldsAsync(() => node.Running == 1);
        var asked = Enumerable.Range(0, 20).Select(_ => CachingCluster.CaptionAsync(http, picture)).ToArray();
        node.Delay = TimeSpan.Zero;
        await leaving.CancelAsync();
        var answers = await Task.WhenAll(asked);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => lead);
        Assert.All(answers, static answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        Assert.Equal(2, node.Received);
    }

    [Fact]
    public async Task All_callers_get_the_pictures_error_and_only_the_caller_gets_its_own()
    {
        await using var cluster = await CachingCluster.BuildAsync(_redis.ConnectionString);
        var node = cluster.Nodes[0].Behaviour;
        var allAsk = new TaskCompletionSource();
        (node.Status, node.Holds) = (422, allAsk.Task);
        using var http = cluster.Client(cluster.Pricing.AddKey("alice", budget: 1));
        var asked = Enumerable.Range(0, 20).Select(_ => CachingCluster.CaptionAsync(http, Pictures.Png(8, 8))).ToArray();
        await Eventually.HoldsAsync(() => cluster.Service<LiveWindow>().InFlight == asked.Length);
        allAsk.SetResult();
        var damaged = await Task.WhenAll(asked);
        Assert.All(damaged, static answer => Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.Status));
        Assert.InRange(node.Received, 1, 2);

        node.Status = 200;
        using var poor = cluster.Client(cluster.Pricing.AddKey("bob", budget: 0.00000001m));
        byte[] picture = Pictures.Png(512, 512);
        var refused = Enumerable.Range(0, 3).Select(_ => CachingCluster.CaptionAsync(poor, picture)).ToArray();
        var paid = await CachingCluster.CaptionAsync(http, picture);
        Assert.Equal(HttpStatusCode.OK, paid.Status);
        // Callers that came before anybody paid are refused. Callers that wait for a paying one get the caption.
        Assert.All(
            await Task.WhenAll(refused),
            static answer => Assert.True(answer.Status is HttpStatusCode.PaymentRequired or HttpStatusCode.OK)
        );
    }

    [Fact]
    public async Task Nobody_waits_for_an_item_of_a_job_that_captions_the_same_picture()
    {
        await using var cluster = await CachingCluster.BuildAsync(_redis.ConnectionString);
        var node = cluster.Nodes[0].Behaviour;
        var turn = new TaskCompletionSource();
        node.Holds = turn.Task;
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        string id = (string)(await Library.RunAsync(http, [Library.Line("same", 64)]))["id"]!;
        await Eventually.HoldsAsync(() => node.Running == 1);

        node.Holds = null;
        using var answer = await http.PostAsJsonAsync(
            Library.Path,
            ChatBody.Of(Pictures.Png(64, 64), ("model", PricingHost.Model)),
            TestContext.Current.CancellationToken
        );
        Assert.Equal((HttpStatusCode.OK, "miss"), (answer.StatusCode, answer.Header("x-cache")));

        turn.SetResult();
        Assert.Equal(1, (int)(await Library.EndAsync(http, id))["request_counts"]!["completed"]!);
        Assert.Equal(2, node.Received);
    }

    private static int InFlight(TestCluster cluster) =>
        Enumerable.Range(0, cluster.Gateways.Count).Sum(gateway => cluster.Service<Registry.Network>(gateway).StatsOf("doomed").InFlight);

    private static async Task SeesAsync(TestCluster cluster, string node)
    {
        for (int i = 0; i < cluster.Gateways.Count; i++)
        {
            var network = cluster.Service<Registry.Network>(i);
            await Eventually.HoldsAsync(() => network.View.NodeOf(node) is not null);
        }
    }
}
