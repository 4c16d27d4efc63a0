using System.CommandLine;
using ImageToText.Bench.Load;
using ImageToText.Bench.Results;
using ImageToText.ServiceDefaults.Redis;

namespace ImageToText.Bench.Gateways;

/// <summary>
/// Compares the rate of cache hits with the rate at which a plain YARP proxy passes the same requests to a node that answers at
/// once. The two alternate in one run, with the same clients, key, budget, journal on disk and a real Redis.
/// </summary>
internal static class CacheBenchmarkCommand
{
    public static Command Create()
    {
        var rounds = new Option<int>("--rounds") { Description = "Turns for each way", DefaultValueFactory = static _ => 7 };
        var seconds = new Option<double>("--seconds")
        {
            Description = "Length of a turn, in seconds",
            DefaultValueFactory = static _ => 2.0,
        };
        var clients = new Option<int>("--clients") { Description = "Concurrent requests", DefaultValueFactory = static _ => 32 };
        var options = new GatewayRunOptions();
        var command = new Command("cache", "Compares cache hits per second with plain YARP in front of a node that answers at once.")
        {
            rounds,
            seconds,
            clients,
        };
        options.AddTo(command);
        command.SetAction(
            (parsed, cancellationToken) =>
                ResultFile.KeepAsync(
                    parsed,
                    "cache",
                    () =>
                        MeasureAsync(
                            options,
                            parsed,
                            GatewayRunOptions.Count(parsed, rounds, few: 1),
                            TimeSpan.FromSeconds(parsed.GetValue(CommonOptions.Short) ? 0.3 : parsed.GetValue(seconds)),
                            parsed.GetValue(clients),
                            cancellationToken
                        )
                )
        );
        return command;
    }

    private static async Task<CacheData> MeasureAsync(
        GatewayRunOptions options,
        ParseResult parsed,
        int rounds,
        TimeSpan length,
        int clients,
        CancellationToken cancellationToken
    )
    {
        await using var redis = await RedisProcess.StartAsync();
        await using var house = await options.BuildAsync(parsed, settings: $"ConnectionStrings:redis={redis.Address}");
        var (behaviour, node) = house.Nodes[0];
        await using var proxy = PlainProxy.To(node);
        await proxy.StartAsync(cancellationToken);
        using var plain = new HttpClient { BaseAddress = new Uri(proxy.Urls.First()) };
        using var cached = house.Client(house.Pricing.AddKey("bench", budget: 1000));
        byte[] picture = options.Picture(parsed);
        var link = house.Service<RedisLink>();
        await Eventually.HoldsAsync(async () => link.IsOpen && await CacheUseAsync(cached, picture, cancellationToken) == "hit");

        var warm = await Compiled.RepeatAsync(
            async () =>
            {
                await RateAsync(plain);
                await RateAsync(cached);
            },
            GatewayRunOptions.LongestWarmUp(parsed)
        );
        double[] proxied = new double[rounds];
        double[] hits = new double[rounds];
        int missed = 0;
        for (int i = 0; i < rounds; i++)
        {
            proxied[i] = await RateAsync(plain);
            int captioned = behaviour.Received;
            hits[i] = await RateAsync(cached);
            missed += behaviour.Received - captioned;
        }

        var data = new CacheData(
            rounds,
            length.TotalSeconds,
            clients,
            picture.Length,
            options.Durability(parsed),
            missed,
            Spread.Of(proxied),
            Spread.Of(hits),
            Spread.Of(proxied.Zip(hits, static (one, other) => other / one))
        )
        {
            WarmUp = warm(),
        };
        Console.WriteLine(
            $"{rounds} turns of {length.TotalSeconds} s each way, {clients} clients, {picture.Length} bytes, durability {data.Durability}"
        );
        Console.WriteLine(
            $"plain YARP {data.PlainPerSecond:F0}, cache hits {data.HitsPerSecond:F0}, hits / plain YARP "
                + $"{data.HitsOverPlain:F3}; {missed} requests reached the node"
        );
        return data;

        Task<double> RateAsync(HttpClient http) =>
            ClosedLoop.RateAsync(
                clients,
                TimeSpan.Zero,
                length,
                async cancellation =>
                {
                    await CacheUseAsync(http, picture, cancellation);
                    return Outcome.Answered;
                },
                cancellationToken
            );
    }

    private static async Task<string?> CacheUseAsync(HttpClient http, byte[] picture, CancellationToken cancellationToken)
    {
        using var form = Pictures.Form(picture);
        using var answer = await http.PostAsync(new Uri("/image-to-text", UriKind.Relative), form, cancellationToken);
        answer.EnsureSuccessStatusCode();
        return answer.Headers.TryGetValues("x-cache", out var cache) ? cache.Single() : null;
    }
}

/// <summary>The figures of 'cache'. Missed requests should have been hits but reached the node.</summary>
internal sealed record CacheData(
    int Rounds,
    double Seconds,
    int Clients,
    int PictureBytes,
    string Durability,
    int Missed,
    Spread PlainPerSecond,
    Spread HitsPerSecond,
    Spread HitsOverPlain
)
{
    /// <summary>What went before; null: it was not noted.</summary>
    public WarmUpRounds? WarmUp { get; init; }
}
