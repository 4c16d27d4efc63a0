using System.CommandLine;
using ImageToText.Bench.Load;
using ImageToText.Bench.Results;

namespace ImageToText.Bench.Stack;

/// <summary>The whole service's memory over many captions of new pictures.</summary>
internal static class MemoryCommand
{
    private const int Points = 20;
    private const int Callers = 8;

    public static Command Create()
    {
        var captions = new Option<int>("--captions") { Description = "Total number of captions", DefaultValueFactory = static _ => 4000 };
        var stack = new StackOptions();
        var command = new Command("memory", "Measures the whole service's resident memory over many captions of new photographs.")
        {
            captions,
        };
        stack.AddTo(command);
        command.SetAction(
            (parsed, cancellationToken) =>
                ResultFile.KeepAsync(
                    parsed,
                    "memory",
                    async () =>
                    {
                        await using var service = await StackService.StartAsync(stack, parsed, [], cancellationToken);
                        return await MeasureAsync(
                            service,
                            parsed.GetValue(CommonOptions.Short) ? 2 * Points : parsed.GetValue(captions),
                            cancellationToken
                        );
                    }
                )
        );
        return command;
    }

    private static async Task<MemoryData> MeasureAsync(StackService service, int captions, CancellationToken cancellationToken)
    {
        var made = new LoadPictures(seed: 2);
        var points = new List<MemoryPoint>();
        for (int point = 1; point <= Points; point++)
        {
            byte[][] pictures = made.Make(captions / Points);
            await ClosedLoop.SendAsync(
                Callers,
                pictures.Length,
                async (i, cancellation) =>
                {
                    if (await service.Client.CaptionAsync(pictures[i], cancellation) != Outcome.Answered)
                    {
                        throw new InvalidOperationException($"A caption was refused. {service.Client.FirstFailure}");
                    }
                },
                cancellationToken
            );
            points.Add(new MemoryPoint(point * pictures.Length, service.Process.ResidentMemory() / (double)(1 << 20)));
            Console.WriteLine($"{points[^1].Captions} captions: {points[^1].ResidentMiB:F0} MiB");
        }

        return new MemoryData(captions, Callers, points);
    }
}

/// <summary>The figures of 'memory'.</summary>
internal sealed record MemoryData(int Captions, int Callers, IReadOnlyList<MemoryPoint> Points);

/// <summary>Resident memory, 2^20 bytes, after a number of captions.</summary>
internal sealed record MemoryPoint(int Captions, double ResidentMiB);
