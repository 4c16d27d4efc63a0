using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using ImageToText.Gateway.Tests.StandIns;
using ImageToText.ServiceDefaults.Redis;
using ImageToText.ServiceDefaults.Startup;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace ImageToText.Gateway.Tests.Caching;

/// <summary>Captions continue when the cache is killed, frozen or full, or never answers.</summary>
public sealed class CacheFaultTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Redis_killed_and_restarted_under_load_fails_no_request()
    {
        await using var redis = await RedisProcess.StartAsync();
        await LoadAsync(redis.Address, redis.KillAsync, redis.StartAgainAsync);
    }

    [Fact]
    public async Task Redis_frozen_and_thawed_under_load_fails_no_request()
    {
        await using var redis = await RedisProcess.StartAsync();
        await LoadAsync(redis.Address, redis.FreezeAsync, redis.ThawAsync);
    }

    [Fact]
    public async Task Garnet_stopped_and_restarted_under_load_fails_no_request()
    {
        int port = LoopbackPort.Free();
        GarnetEmbedded? garnet = new(port);
        try
        {
            await LoadAsync(
                $"127.0.0.1:{port}",
                () =>
                {
                    garnet.Dispose();
                    garnet = null;
                    return Task.CompletedTask;
                },
                () =>
                {
                    garnet = new GarnetEmbedded(port);
                    return Task.CompletedTask;
                }
            );
        }
        finally
        {
            garnet?.Dispose();
        }
    }

    [Fact]
    public async Task A_full_redis_stores_nothing_and_fails_no_request()
    {
        await using var redis = await RedisProcess.StartAsync("--maxmemory", "1", "--maxmemory-policy", "noeviction");
        await using var cluster = await CachingCluster.BuildAsync(redis.Address);
        using var http = cluster.Client(cluster.Pricing.AddKey("alice", budget: 1));
        for (int i = 0; i < 10; i++)
        {
            var answer = await CachingCluster.CaptionAsync(http, Pictures.Png(8, 8));
            Assert.Equal((HttpStatusCode.OK, "miss"), (answer.Status, answer.Cache));
        }

        // Redis refuses quickly, so the link stays open and reads still work.
        Assert.True(cluster.Service<RedisLink>().IsOpen);
    }

    [Fact]
    public async Task A_caption_that_was_paid_is_not_charged_again_while_its_cache_is_away()
    {
        await using var redis = await RedisProcess.StartAsync();
        await using var cluster = await CachingCluster.BuildAsync(redis.Address);
        using var http = cluster.Client(cluster.Pricing.AddKey("alice", budget: 1));
        byte[] known = Pictures.Png(8, 8, 1);
        byte[] made = Pictures.Png(8, 8, 2);
        Assert.Equal(("miss", "0.000000016"), await CostAsync(known));
        await redis.KillAsync();
        Assert.Equal(("miss", "0"), await CostAsync(known));
        // What the cache could not take is not charged again when it is back, either.
        Assert.Equal(("miss", "0.000000016"), await CostAsync(made));
        Assert.Equal(("miss", "0"), await CostAsync(made));
        await redis.StartAgainAsync();
        await CachingCluster.OpenAsync(cluster);
        Assert.Equal(("miss", "0"), await CostAsync(made));
        Assert.Equal(("hit", "0"), await CostAsync(made));
        Assert.Equal(("miss", "0"), await CostAsync(known));
        Assert.Equal(("hit", "0"), await CostAsync(known));

        async Task<(string?, string?)> CostAsync(byte[] picture)
        {
            var answer = await CachingCluster.CaptionAsync(http, picture);
            Assert.Equal(HttpStatusCode.OK, answer.Status);
            return (answer.Cache, answer.Cost);
        }
    }

    [Fact]
    public async Task No_request_waits_for_a_redis_that_accepts_and_never_answers()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var cluster = await TestCluster.BuildAsync(
            1,
            1,
            $"ConnectionStrings:redis=127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}"
        );
        using var http = cluster.Client(cluster.Pricing.AddKey("alice", budget: 1));
        for (byte i = 0; i < 20; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await CachingCluster.CaptionAsync(http, Pictures.Png(8, 8, i))).Status);
        }

        Assert.False(cluster.Service<RedisLink>().IsOpen);
        // The gateway stays ready, and no probe waits.
        var health = JsonNode.Parse(await http.GetStringAsync("/health", Cancelled))!;
        Assert.Equal(("Degraded", "Degraded"), ((string?)health["status"], (string?)health["checks"]!["redis"]!["status"]));
    }

    [Fact]
    public async Task The_gateways_health_includes_a_redis_that_answers()
    {
        await using var redis = await RedisProcess.StartAsync();
        await using var cluster = await CachingCluster.BuildAsync(redis.Address);
        using var http = cluster.Client();

        var health = JsonNode.Parse(await http.GetStringAsync("/health", Cancelled))!;

        Assert.Equal(("Healthy", "Healthy"), ((string?)health["status"], (string?)health["checks"]!["redis"]!["status"]));
    }

    [Fact]
    public async Task The_first_unanswered_lookup_waits_50_ms_and_the_next_does_not_wait()
    {
        await using var redis = await RedisProcess.StartAsync();
        var time = new FakeTimeProvider();
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection([new("ConnectionStrings:redis", redis.Address)]);
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.AddRedisLink();
        using var host = builder.Build();
        await host.StartAsync(Cancelled);
        var link = host.Services.GetRequiredService<RedisLink>();
        await OpensAsync();
        Assert.True((await link.AskAsync(static database => database.PingAsync(), TimeSpan.FromMilliseconds(50))).Came);

        await redis.FreezeAsync();
        var first = link.AskAsync(static database => database.StringGetAsync("a"), TimeSpan.FromMilliseconds(50)).AsTask();
        time.Advance(TimeSpan.FromMilliseconds(49));
        Assert.False(first.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.False((await first).Came);
        Assert.False(link.IsOpen);
        var second = link.AskAsync(static database => database.StringGetAsync("a"), TimeSpan.FromMilliseconds(50));
        Assert.True(second.IsCompleted);
        Assert.False((await second).Came);

        await redis.ThawAsync();
        // A purge waits until it is done. It isn't refused because a caption could not wait.
        Assert.False(link.IsOpen);
        Assert.Equal(0, await link.DeleteAsync(["a*"], Cancelled));
        await OpensAsync();
        await host.StopAsync(Cancelled);

        // The clock triggers the next probe.
        Task OpensAsync() =>
            Eventually.HoldsAsync(() =>
            {
                time.Advance(TimeSpan.FromMilliseconds(500));
                return link.IsOpen;
            });
    }

    [Fact]
    public async Task An_invalid_connection_string_is_reported_without_its_password()
    {
        var fault = await Assert.ThrowsAsync<ServiceStartException>(() =>
            TestCluster.BuildAsync(1, 1, "ConnectionStrings:redis=localhost:6379,password=secret,nonsense=1")
        );
        Assert.Contains("ConnectionStrings:redis", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", fault.ToString(), StringComparison.Ordinal);
    }

    private static async Task LoadAsync(string address, Func<Task> takeAway, Func<Task> bringBack)
    {
        await using var cluster = await CachingCluster.BuildAsync(address, nodes: 1, gateways: 2, "Gateway:Cache:Patience=00:00:00.050");
        string key = cluster.Pricing.AddKey("alice", budget: 100);
        using var one = cluster.Client(key);
        using var other = cluster.Client(key, gateway: 1);
        var outcomes = new ConcurrentQueue<CachedAnswer>();
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var load = Enumerable
            .Range(0, 8)
            .Select(worker =>
                Task.Run(
                    async () =>
                    {
                        var random = new Random(worker);
                        while (!enough.IsCancellationRequested)
                        {
                            outcomes.Enqueue(
                                await CachingCluster.CaptionAsync(worker % 2 == 0 ? one : other, Pictures.Png(8, 8, (byte)random.Next(32)))
                            );
                        }
                    },
                    Cancelled
                )
            )
            .ToArray();
        try
        {
            await MoreAsync(static answer => answer.Cache == "hit", 50);
            await takeAway();
            await MoreAsync(static answer => answer.Cache == "miss", 50);
            await bringBack();
            await CachingCluster.OpenAsync(cluster);
            await MoreAsync(static answer => answer.Cache == "hit", 200);
        }
        finally
        {
            await enough.CancelAsync();
        }

        await Task.WhenAll(load);
        Assert.All(outcomes, static answer => Assert.Equal(HttpStatusCode.OK, answer.Status));

        async Task MoreAsync(Func<CachedAnswer, bool> what, int count)
        {
            int before = outcomes.Count(what);
            await Eventually.HoldsAsync(() =>
                outcomes.Count(what) >= before + count || Array.Exists(load, static worker => worker.IsCompleted)
            );
        }
    }
}
