using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using ImageToText.Gateway;
using ImageToText.Gateway.Tests.StandIns;
using ImageToText.ServiceDefaults;
using ImageToText.ServiceDefaults.Redis;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Configuration;

namespace ImageToText.Bench.Cache;

/// <summary>
/// The rate of cache hits against the rate at which a plain YARP proxy passes the same requests to a node that answers at once: turn by
/// turn in one run, the same clients, with key, budget, journal on disk and a real Redis.
/// </summary>
internal static class CacheCommand
{
    public static Command Create()
    {
        var rounds = new Option<int>("--rounds") { Description = "Turns of each way.", DefaultValueFactory = static _ => 7 };
        var seconds = new Option<double>("--seconds") { Description = "Seconds of a turn.", DefaultValueFactory = static _ => 2.0 };
        var clients = new Option<int>("--clients") { Description = "Requests under way at once.", DefaultValueFactory = static _ => 32 };
        var bytes = new Option<int>("--bytes") { Description = "Bytes of the picture.", DefaultValueFactory = static _ => 100_000 };
        var durability = new Option<string>("--durability") { Description = "Disk or OperatingSystem.", DefaultValueFactory = static _ => "Disk" };
        var command = new Command("cache", "Cache hits per second against plain YARP in front of a node that answers at once.") { rounds, seconds, clients, bytes, durability };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            parsed.GetValue(rounds), TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(clients), parsed.GetValue(bytes), parsed.GetValue(durability)!, cancellationToken));
        return command;
    }

    private static async Task RunAsync(int rounds, TimeSpan length, int clients, int bytes, string durability, CancellationToken cancellationToken)
    {
        var data = Directory.CreateTempSubdirectory("gateway-cache-").FullName;
        await using var redis = await RedisProcess.StartAsync();
        await using var pricing = new PricingStandIn();
        await pricing.StartAsync();
        await using var node = FakeNodeApp.Create(["--urls=http://127.0.0.1:0", "--read-forms=false"], out var behaviour);
        await node.StartAsync(cancellationToken);
        pricing.SetNodes(PricingStandIn.Node("node", AddressOf(node)));
        await using var proxy = Proxy(AddressOf(node));
        await proxy.StartAsync(cancellationToken);
        await using var gateway = Gateway(pricing, redis.Address, data, durability);
        await gateway.StartAsync(cancellationToken);

        using var plain = new HttpClient { BaseAddress = AddressOf(proxy) };
        using var cached = new HttpClient { BaseAddress = AddressOf(gateway) };
        cached.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", pricing.AddKey("bench", budget: 1000));
        var picture = Pictures.Png(512, 512, padding: bytes - Pictures.Png(512, 512).Length);
        var link = gateway.Services.GetRequiredService<RedisLink>();
        while (!link.IsOpen || !await IsHitAsync(cached, picture, cancellationToken))
        {
            await Task.Delay(50, cancellationToken);
        }

        var captioned = behaviour.Received;
        await RateAsync(plain, picture, clients, length, cancellationToken);
        await RateAsync(cached, picture, clients, length, cancellationToken);
        var proxied = new double[rounds];
        var hits = new double[rounds];
        for (var i = 0; i < rounds; i++)
        {
            proxied[i] = await RateAsync(plain, picture, clients, length, cancellationToken);
            captioned = behaviour.Received;
            hits[i] = await RateAsync(cached, picture, clients, length, cancellationToken);
            if (behaviour.Received != captioned)
            {
                throw new InvalidOperationException("A request that was to be a hit reached the node.");
            }
        }

        var ratios = proxied.Zip(hits, static (one, other) => other / one).Order().ToArray();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{rounds} turns of {length.TotalSeconds} s each way, {clients} clients, {picture.Length} bytes, durability {durability}"));
        Print("plain YARP", proxied);
        Print("cache hits", hits);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"hits / plain YARP: median {ratios[ratios.Length / 2]:F3}, least {ratios[0]:F3}, most {ratios[^1]:F3}"));
        await gateway.StopAsync(cancellationToken);
        Directory.Delete(data, recursive: true);
    }

    private static async Task<double> RateAsync(HttpClient http, byte[] picture, int clients, TimeSpan length, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        var counts = await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(
            async () =>
            {
                var count = 0;
                while (Stopwatch.GetElapsedTime(began) < length)
                {
                    using var form = Pictures.Form(picture);
                    using var answer = await http.PostAsync(new Uri("/image-to-text", UriKind.Relative), form, cancellationToken);
                    answer.EnsureSuccessStatusCode();
                    count++;
                }

                return count;
            },
            cancellationToken)));
        return counts.Sum() / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static async Task<bool> IsHitAsync(HttpClient http, byte[] picture, CancellationToken cancellationToken)
    {
        using var form = Pictures.Form(picture);
        using var answer = await http.PostAsync(new Uri("/image-to-text", UriKind.Relative), form, cancellationToken);
        return answer.Headers.TryGetValues("x-cache", out var cache) && cache.Single() == "hit";
    }

    private static WebApplication Proxy(Uri node)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddReverseProxy().LoadFromMemory(
            [new RouteConfig { RouteId = "all", ClusterId = "node", Match = new RouteMatch { Path = "/{**rest}" } }],
            [new ClusterConfig { ClusterId = "node", Destinations = new Dictionary<string, DestinationConfig> { ["node"] = new() { Address = node.AbsoluteUri } } }]);
        var app = builder.Build();
        app.MapReverseProxy();
        return app;
    }

    private static WebApplication Gateway(PricingStandIn pricing, string redis, string data, string durability)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:redis"] = redis,
            ["Gateway:Id"] = "bench",
            ["Gateway:DataDirectory"] = data,
            ["Gateway:Pricing:Address"] = pricing.Address.AbsoluteUri,
            ["Gateway:Pricing:Token"] = "a service token for benches",
            ["Gateway:Journal:Durability"] = durability,
            ["ServiceDefaults:DrainDelay"] = "00:00:00",
        });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.AddServiceDefaults();
        builder.AddGateway();
        var app = builder.Build();
        app.MapGateway();
        return app;
    }

    private static void Print(string name, double[] rates)
    {
        var sorted = rates.Order().ToArray();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{name} median {sorted[sorted.Length / 2]:F0}/s, least {sorted[0]:F0}/s, most {sorted[^1]:F0}/s"));
    }

    private static Uri AddressOf(WebApplication app) =>
        new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
}
