using System.CommandLine;
using System.Diagnostics;
using ImageToText.Bench.Load;
using ImageToText.Bench.Results;
using ImageToText.ServiceDefaults.Redis;

namespace ImageToText.Bench.Gateways;

/// <summary>
/// The same new picture, sent many times at once to several gateways that share a Redis. It should be captioned once.
/// </summary>
internal static class SingleFlightCommand
{
    public static Command Create()
    {
        var requests = new Option<int>("--requests") { Description = "Concurrent requests", DefaultValueFactory = static _ => 1000 };
        var gateways = new Option<int>("--gateways")
        {
            Description = "Gateways to spread the requests over",
            DefaultValueFactory = static _ => 2,
        };
        var delay = new Option<double>("--delay") { Description = "Seconds that a caption takes", DefaultValueFactory = static _ => 0.5 };
        var rounds = new Option<int>("--rounds")
        {
            Description = "Rounds, each with a new picture, after a warm-up round",
            DefaultValueFactory = static _ => 5,
        };
        var options = new GatewayRunOptions();
        var command = new Command(
            "single-flight",
            "Sends the same new picture many times at once to several gateways: how often it is captioned, and how soon everyone has it."
        )
        {
            requests,
            gateways,
            delay,
            rounds,
        };
        options.AddTo(command);
        command.SetAction(
            (parsed, cancellationToken) =>
                ResultFile.KeepAsync(
                    parsed,
                    "single-flight",
                    () =>
                        MeasureAsync(
                            options,
                            parsed,
                            GatewayRunOptions.Count(parsed, requests, few: 50),
                            parsed.GetValue(gateways),
                            TimeSpan.FromSeconds(parsed.GetValue(delay)),
                            GatewayRunOptions.Count(parsed, rounds, few: 1),
                            cancellationToken
                        )
                )
        );
        return command;
    }

    private static async Task<SingleFlightData> MeasureAsync(
        GatewayRunOptions options,
        ParseResult parsed,
        int requests,
        int gateways,
        TimeSpan delay,
        int rounds,
        CancellationToken cancellationToken
    )
    {
        await using var redis = await RedisProcess.StartAsync();
        await using var house = await options.BuildAsync(parsed, gateways, $"ConnectionStrings:redis={redis.Address}");
        for (int i = 0; i < gateways; i++)
        {
            var link = house.Service<RedisLink>(i);
            await Eventually.HoldsAsync(() => link.IsOpen);
        }

        var node = house.Nodes[0].Behaviour;
        node.Delay = delay;
        string key = house.Pricing.AddKey("bench", budget: 1000);
        var clients = Enumerable.Range(0, gateways).Select(gateway => house.Client(key, gateway)).ToArray();
        int captioned = 0;
        var times = new List<double>();
        var latencies = new List<TimeSpan>();
        for (int round = -1; round < rounds; round++)
        {
            byte[] picture = Pictures.Png(512, 512, shade: (byte)(10 + round), padding: options.Picture(parsed).Length);
            int before = node.Received;
            long began = Stopwatch.GetTimestamp();
            var answers = await Task.WhenAll(
                Enumerable
                    .Range(0, requests)
                    .Select(async i =>
                    {
                        using var form = Pictures.Form(picture);
                        using var answer = await clients[i % gateways]
                            .PostAsync(new Uri("/image-to-text", UriKind.Relative), form, cancellationToken);
                        answer.EnsureSuccessStatusCode();
                        return Stopwatch.GetElapsedTime(began);
                    })
            );
            if (round >= 0)
            {
                captioned += node.Received - before;
                times.Add(answers.Max().TotalMilliseconds);
                latencies.AddRange(answers);
            }
        }

        foreach (var client in clients)
        {
            client.Dispose();
        }

        var data = new SingleFlightData(
            requests,
            gateways,
            rounds,
            delay.TotalMilliseconds,
            captioned,
            Spread.Of(times),
            Percentiles.Of(latencies)!
        );
        Console.WriteLine(
            $"{requests} requests at once to {gateways} gateways, {rounds} rounds: captioned {captioned} times; ms until "
                + $"all had it {data.LastMs:F0}"
        );
        return data;
    }
}

/// <summary>The figures of 'single-flight'.</summary>
internal sealed record SingleFlightData(
    int Requests,
    int Gateways,
    int Rounds,
    double CaptionMs,
    int Captioned,
    Spread LastMs,
    Percentiles LatencyMs
);
