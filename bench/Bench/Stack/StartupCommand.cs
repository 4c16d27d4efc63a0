using System.CommandLine;
using System.Diagnostics;
using ImageToText.Bench.Load;
using ImageToText.Bench.Results;

namespace ImageToText.Bench.Stack;

/// <summary>How soon 'serve' captions, counted from the start of its process.</summary>
internal static class StartupCommand
{
    public static Command Create()
    {
        var runs = new Option<int>("--runs") { Description = "Starts", DefaultValueFactory = static _ => 7 };
        var stack = new StackOptions();
        var command = new Command(
            "startup",
            "Seconds from the start of 'serve' on new data to its first caption, and the time of its second."
        )
        {
            runs,
        };
        stack.AddTo(command);
        command.SetAction(
            (parsed, cancellationToken) =>
                ResultFile.KeepAsync(
                    parsed,
                    "startup",
                    () => MeasureAsync(stack, parsed, parsed.GetValue(CommonOptions.Short) ? 1 : parsed.GetValue(runs), cancellationToken)
                )
        );
        return command;
    }

    private static async Task<StartupData> MeasureAsync(
        StackOptions stack,
        ParseResult parsed,
        int runs,
        CancellationToken cancellationToken
    )
    {
        byte[] picture = new LoadPictures(seed: 3).Make(1)[0];
        var first = new List<double>();
        var second = new List<double>();
        for (int run = 0; run < runs; run++)
        {
            StackService.Prepare();
            long began = Stopwatch.GetTimestamp();
            await using var service = await StackService.StartAsync(stack, parsed, [], cancellationToken);
            first.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
            long asked = Stopwatch.GetTimestamp();
            await service.Client.CaptionAsync(picture, cancellationToken);
            second.Add(Stopwatch.GetElapsedTime(asked).TotalMilliseconds);
            Console.WriteLine($"first caption after {first[^1]:F2} s, second in {second[^1]:F0} ms");
        }

        return new StartupData(runs, Spread.Of(first), Spread.Of(second));
    }
}

/// <summary>The figures of 'startup'.</summary>
internal sealed record StartupData(int Runs, Spread FirstCaptionSeconds, Spread SecondCaptionMs);
