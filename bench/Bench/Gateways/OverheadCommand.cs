using System.CommandLine;
using System.Diagnostics;
using ImageToText.Bench.Load;
using ImageToText.Bench.Results;

namespace ImageToText.Bench.Gateways;

/// <summary>
/// Measures what the gateway adds to a caption. The same picture goes straight to a node that answers at once, through a plain YARP
/// proxy, and through the gateway, alternately in one run, with key, budget and journal on disk.
/// </summary>
internal static class OverheadCommand
{
    private const int Round = 1000;

    public static Command Create()
    {
        var captions = new Option<int>("--captions")
        {
            Description = "Captions to measure each way",
            DefaultValueFactory = static _ => 3000,
        };
        var options = new GatewayRunOptions();
        var command = new Command("overhead", "Measures what the gateway adds to a direct call to a node that answers at once.")
        {
            captions,
        };
        options.AddTo(command);
        command.SetAction(
            (parsed, cancellationToken) =>
                ResultFile.KeepAsync(
                    parsed,
                    "overhead",
                    () => MeasureAsync(options, parsed, GatewayRunOptions.Count(parsed, captions, few: 100), cancellationToken)
                )
        );
        return command;
    }

    private static async Task<OverheadData> MeasureAsync(
        GatewayRunOptions options,
        ParseResult parsed,
        int captions,
        CancellationToken cancellationToken
    )
    {
        await using var house = await options.BuildAsync(parsed);
        using var direct = new HttpClient { BaseAddress = house.Nodes[0].Address };
        await using var proxy = PlainProxy.To(house.Nodes[0].Address);
        await proxy.StartAsync(cancellationToken);
        using var proxied = new HttpClient { BaseAddress = new Uri(proxy.Urls.First()) };
        using var gateway = house.Client(house.Pricing.AddKey("bench", budget: 1000));
        byte[] picture = options.Picture(parsed);
        var warm = await Compiled.RepeatAsync(() => TakeTurnsAsync(Math.Min(Round, captions)), GatewayRunOptions.LongestWarmUp(parsed));
        var before = RuntimeWork.Now();
        var (straight, plain, through) = await TakeTurnsAsync(captions);
        Console.WriteLine(RuntimeWork.Now().Since(before));
        var warmUp = warm();
        var data = new OverheadData(
            captions,
            picture.Length,
            options.Durability(parsed),
            Percentiles.Of(straight)!,
            Percentiles.Of(through)!,
            Percentiles.Of(straight.Zip(through, static (one, other) => other - one))!
        )
        {
            WarmUp = warmUp,
            PlainMs = Percentiles.Of(plain),
            PlainAddedMs = Percentiles.Of(straight.Zip(plain, static (one, other) => other - one)),
        };
        Console.WriteLine($"{captions} captions each way, {picture.Length} bytes, durability {data.Durability}; ms");
        foreach (
            var (name, times) in (ReadOnlySpan<(string, Percentiles)>)
                [
                    ("direct", data.DirectMs),
                    ("plain YARP", data.PlainMs!),
                    ("gateway", data.GatewayMs),
                    ("YARP adds", data.PlainAddedMs!),
                    ("gateway adds", data.AddedMs),
                ]
        )
        {
            Console.WriteLine($"{name, -12} median {times.P50:F3}, 95th {times.P95:F3}, 99th {times.P99:F3}");
        }

        return data;

        async Task<(List<TimeSpan> Direct, List<TimeSpan> Plain, List<TimeSpan> Gateway)> TakeTurnsAsync(int turns)
        {
            var (straight, plain, through) = (new List<TimeSpan>(turns), new List<TimeSpan>(turns), new List<TimeSpan>(turns));
            for (int i = 0; i < turns; i++)
            {
                straight.Add(await CaptionAsync(direct, picture, cancellationToken));
                plain.Add(await CaptionAsync(proxied, picture, cancellationToken));
                through.Add(await CaptionAsync(gateway, picture, cancellationToken));
            }

            return (straight, plain, through);
        }
    }

    private static async Task<TimeSpan> CaptionAsync(HttpClient http, byte[] picture, CancellationToken cancellationToken)
    {
        using var form = Pictures.Form(picture);
        long began = Stopwatch.GetTimestamp();
        using var answer = await http.PostAsync(new Uri("/image-to-text", UriKind.Relative), form, cancellationToken);
        answer.EnsureSuccessStatusCode();
        return Stopwatch.GetElapsedTime(began);
    }
}

/// <summary>The figures of 'overhead'.</summary>
internal sealed record OverheadData(
    int Captions,
    int PictureBytes,
    string Durability,
    Percentiles DirectMs,
    Percentiles GatewayMs,
    Percentiles AddedMs
)
{
    /// <summary>What went before; null: it was not noted.</summary>
    public WarmUpRounds? WarmUp { get; init; }

    /// <summary>Through a plain YARP proxy; null: it was not measured.</summary>
    public Percentiles? PlainMs { get; init; }

    /// <summary>What that adds; null: it was not measured.</summary>
    public Percentiles? PlainAddedMs { get; init; }
}
