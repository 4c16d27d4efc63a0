using System.Net;
using System.Text.Json;
using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Ledger;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Caching;

/// <summary>What the cache stores, what it finds, and what a hit costs.</summary>
public sealed class CacheTests : IAsyncLifetime
{
    private static readonly byte[] Square = Pictures.Png(512, 512);

    private RedisProcess _redis = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _redis = await RedisProcess.StartAsync();

    public ValueTask DisposeAsync() => _redis.DisposeAsync();

    [Fact]
    public async Task Any_gateway_answers_a_known_caption_free_with_details_and_confidence()
    {
        await using var cluster = await CachingCluster.BuildAsync(_redis.ConnectionString, gateways: 2);
        string key = cluster.Pricing.AddKey("alice", budget: 1);
        using var http = cluster.Client(key);
        using var other = cluster.Client(key, gateway: 1);

        var made = await CachingCluster.CaptionAsync(http, Square);
        var known = await CachingCluster.CaptionAsync(http, Square, null, ("details", "true"));
        await Eventually.HoldsAsync(async () => (await CachingCluster.CaptionAsync(other, Square)).Cache == "hit");

        Assert.Equal(("miss", "0.000065536", "node-0"), (made.Cache, made.Cost, made.Node));
        Assert.Equal(
            (HttpStatusCode.OK, "hit", "0", null, "revision-1"),
            (known.Status, known.Cache, known.Cost, known.Node, known.Revision)
        );
        Assert.Equal(0.8, known.Json.GetProperty("details").GetProperty("confidence").GetDouble());
        Assert.Equal(
            [1, 2, 3],
            known
                .Json.GetProperty("details")
                .GetProperty("sequences")[0]
                .GetProperty("token_ids")
                .EnumerateArray()
                .Select(static id => id.GetInt32())
        );
        Assert.Equal(1, cluster.Nodes[0].Behaviour.Received);
        await http.GetStringAsync("/usage", Cancelled);
        Assert.Equal(0.000065536m, cluster.Pricing.Ledger.Values.Sum(static record => record.CostUsd));
        Assert.Contains(cluster.Pricing.Ledger.Values, static record => record is { Cache: CacheOutcome.Hit, CostUsd: 0 });
    }

    [Fact]
    public async Task A_known_caption_is_streamed_at_once()
    {
        await using var cluster = await CachingCluster.BuildAsync(_redis.ConnectionString);
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var streamed = await CachingCluster.CaptionAsync(http, Square, null, ("stream", "true"));
        var known = await CachingCluster.CaptionAsync(http, Square, null, ("stream", "true"));
        Assert.Equal("miss", streamed.Cache);
        Assert.Equal("hit", known.Cache);
        Assert.Equal("event: caption\ndata: {\"text\":\"a picture\"}\n\n", known.Body);
        Assert.Equal("hit", (await CachingCluster.CaptionAsync(http, Square)).Cache);
    }

    [Fact]
    public async Task A_different_picture_prompt_or_option_is_a_different_caption()
    {
        await using var cluster = await CachingCluster.BuildAsync(_redis.ConnectionString);
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        foreach (
            var (picture, fields) in new (byte[], (string, string)[])[]
            {
                (Square, []),
                (Pictures.Png(512, 512, shade: 129), []),
                (Square, [("prompt", "a photo of")]),
                (Square, [("num_beams", "3")]),
                (Square, [("do_sample", "true"), ("seed", "1")]),
                (Square, [("do_sample", "true"), ("seed", "2")]),
            }
        )
        {
            Assert.Equal("miss", (await CachingCluster.CaptionAsync(http, picture, null, fields)).Cache);
            Assert.Equal("hit", (await CachingCluster.CaptionAsync(http, picture, null, fields)).Cache);
        }

        // Sampled at random, so no two are alike.
        Assert.Equal("miss", (await CachingCluster.CaptionAsync(http, Square, null, ("do_sample", "true"))).Cache);
        Assert.Equal("miss", (await CachingCluster.CaptionAsync(http, Square, null, ("do_sample", "true"))).Cache);
    }

    [Fact]
    public async Task The_requests_cache_control_is_honoured()
    {
        await using var cluster = await CachingCluster.BuildAsync(_redis.ConnectionString);
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var node = cluster.Nodes[0].Behaviour;
        Assert.Equal("miss", (await CachingCluster.CaptionAsync(http, Square, "no-store")).Cache);
        Assert.Equal("miss", (await CachingCluster.CaptionAsync(http, Square)).Cache);
        node.Text = "a newer picture";
        Assert.Equal("a picture", (await CachingCluster.CaptionAsync(http, Square)).Json.GetProperty("text").GetString());
        Assert.Equal("a newer picture", (await CachingCluster.CaptionAsync(http, Square, "no-cache")).Json.GetProperty("text").GetString());
        var known = await CachingCluster.CaptionAsync(http, Square);
        Assert.Equal(("hit", "a newer picture"), (known.Cache, known.Json.GetProperty("text").GetString()));
        Assert.Equal(3, node.Received);
    }

    [Fact]
    public async Task A_new_revision_of_a_model_does_not_reuse_old_captions()
    {
        await using var cluster = await CachingCluster.BuildAsync(_redis.ConnectionString);
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var node = cluster.Nodes[0];
        Assert.Equal("a picture", (await CachingCluster.CaptionAsync(http, Square)).Json.GetProperty("text").GetString());
        node.Behaviour.Text = "a newer picture";

        var old = PricingHost.Node("node-0", node.Address);
        cluster.Pricing.SetNodes(old with { Models = [old.Models[0] with { Revision = "revision-2" }] });
        var network = cluster.Service<Registry.Network>();
        await Eventually.HoldsAsync(() => network.View.RevisionOf(PricingHost.Model) == "revision-2");

        var anew = await CachingCluster.CaptionAsync(http, Square);
        Assert.Equal(("miss", "a newer picture"), (anew.Cache, anew.Json.GetProperty("text").GetString()));
    }

    [Fact]
    public async Task Only_an_operator_can_purge_a_model_revision()
    {
        await using var cluster = await CachingCluster.BuildAsync(_redis.ConnectionString);
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        using var operating = cluster.Client(cluster.Pricing.AddKey("operator", scope: KeyScope.Operate));
        for (byte shade = 0; shade < 5; shade++)
        {
            await CachingCluster.CaptionAsync(http, Pictures.Png(8, 8, shade));
        }

        using var refused = await http.DeleteAsync("/cache/revision-1", Cancelled);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Equal("""{"revision":"revision-*","purged":0}""", await PurgeAsync(operating, "/cache/revision-*"));
        Assert.Equal("""{"revision":"revision-1","purged":5}""", await PurgeAsync(operating, "/cache/revision-1"));
        Assert.Equal("miss", (await CachingCluster.CaptionAsync(http, Pictures.Png(8, 8, 1))).Cache);
        Assert.Equal("""{"revision":null,"purged":1}""", await PurgeAsync(operating, "/cache"));
    }

    [Fact]
    public async Task A_hit_costs_the_configured_share_and_never_more_than_the_callers_cap()
    {
        await using var cluster = await CachingCluster.BuildAsync(_redis.ConnectionString, 1, 1, "Gateway:Cache:HitPriceFactor=0.5");
        using var http = cluster.Client(cluster.Pricing.AddKey("alice", budget: 1));
        await CachingCluster.CaptionAsync(http, Square);
        Assert.Equal("0.000032768", (await CachingCluster.CaptionAsync(http, Square)).Cost);
        Assert.Equal(
            HttpStatusCode.PaymentRequired,
            (await CachingCluster.CaptionAsync(http, Square, null, ("max_price_per_pixel", "1e-10"))).Status
        );
        using var poor = cluster.Client(cluster.Pricing.AddKey("bob", budget: 0.00000001m));
        Assert.Equal(HttpStatusCode.PaymentRequired, (await CachingCluster.CaptionAsync(poor, Square)).Status);
        await http.GetStringAsync("/usage", Cancelled);
        Assert.Equal(0.000098304m, cluster.Pricing.Ledger.Values.Sum(static record => record.CostUsd));
    }

    [Fact]
    public async Task Captions_over_the_size_limit_are_not_stored_and_stored_ones_expire()
    {
        await using var cluster = await CachingCluster.BuildAsync(
            _redis.ConnectionString,
            1,
            1,
            "Gateway:Cache:MaxValueBytes=2000",
            "Gateway:Cache:TimeToLive=00:10:00"
        );
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        cluster.Nodes[0].Behaviour.Text = new string('a', 2000);
        await CachingCluster.CaptionAsync(http, Square);
        cluster.Nodes[0].Behaviour.Text = "short";
        Assert.Equal("miss", (await CachingCluster.CaptionAsync(http, Square)).Cache);
        Assert.Equal("hit", (await CachingCluster.CaptionAsync(http, Square)).Cache);
        await using var redis = await StackExchange.Redis.ConnectionMultiplexer.ConnectAsync(_redis.ConnectionString);
        var key = Assert.Single(redis.GetServers().Single().Keys(pattern: "itt:caption:*").ToArray());
        Assert.InRange((await redis.GetDatabase().KeyTimeToLiveAsync(key))!.Value, TimeSpan.FromMinutes(9), TimeSpan.FromMinutes(10));
    }

    [Fact]
    public async Task A_value_that_is_not_a_caption_is_a_miss_and_gets_replaced()
    {
        await using var cluster = await CachingCluster.BuildAsync(_redis.ConnectionString);
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        await CachingCluster.CaptionAsync(http, Square);
        await using var redis = await StackExchange.Redis.ConnectionMultiplexer.ConnectAsync(_redis.ConnectionString);
        foreach (string? bad in new[] { "", "{", "null", "{}", "[1]", """{"caption":{"text":null}}""" })
        {
            await redis.GetDatabase().StringSetAsync(redis.GetServers().Single().Keys(pattern: "itt:caption:*").Single(), bad);
            Assert.Equal("miss", (await CachingCluster.CaptionAsync(http, Square)).Cache);
            Assert.Equal("hit", (await CachingCluster.CaptionAsync(http, Square)).Cache);
        }
    }

    private static async Task<string> PurgeAsync(HttpClient http, string path)
    {
        using var answer = await http.DeleteAsync(path, Cancelled);
        string body = await answer.Content.ReadAsStringAsync(Cancelled);
        Assert.True(answer.IsSuccessStatusCode, body);
        return JsonSerializer.Serialize(JsonDocument.Parse(body).RootElement);
    }
}
