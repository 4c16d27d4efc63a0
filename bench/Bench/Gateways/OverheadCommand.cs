using System.CommandLine;
using System.Diagnostics;
using ImageToText.Bench.Load;
using ImageToText.Bench.Results;

namespace ImageToText.Bench.Gateways;

/// <summary>
/// Measures what the gateway adds to a caption. The same picture goes straight to a node that answers at once and through the
/// gateway, alternately in one run, with key, budget and journal on disk.
/// </summary>
internal static class OverheadCommand
{
    private const int WarmUp = 5000;

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
        using var through = house.Client(house.Pricing.AddKey("bench", budget: 1000));
        byte[] picture = options.Picture(parsed);
        var straight = new List<TimeSpan>();
        var proxied = new List<TimeSpan>();
        for (int i = -Math.Min(WarmUp, 2 * captions); i < captions; i++)
        {
            var one = await CaptionAsync(direct, picture, cancellationToken);
            var other = await CaptionAsync(through, picture, cancellationToken);
            if (i >= 0)
            {
                straight.Add(one);
                proxied.Add(other);
            }
        }

        var data = new OverheadData(
            captions,
            picture.Length,
            options.Durability(parsed),
            Percentiles.Of(straight)!,
            Percentiles.Of(proxied)!,
            Percentiles.Of(straight.Zip(proxied, static (one, other) => other - one))!
        );
        Console.WriteLine($"{captions} captions each way, {picture.Length} bytes, durability {data.Durability}; ms");
        foreach (
            var (name, times) in (ReadOnlySpan<(string, Percentiles)>)
                [("direct", data.DirectMs), ("gateway", data.GatewayMs), ("added", data.AddedMs)]
        )
        {
            Console.WriteLine($"{name, -8} median {times.P50:F3}, 95th {times.P95:F3}, 99th {times.P99:F3}");
        }

        return data;
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
);
