using System.CommandLine;
using ImageToText.Bench.Results;
using ImageToText.Captioning;

namespace ImageToText.Bench.Gpu;

/// <summary>The engine on a GPU; bench/gpu.sh prepares what it needs.</summary>
internal static class GpuCommand
{
    public static Command Create()
    {
        var folders = new Argument<DirectoryInfo[]>("folders") { Description = "Model folders (see random-model)" };
        var device = new Option<string>("--device")
        {
            Description = "The GPU's name, for the table",
            DefaultValueFactory = static _ => "GPU",
        };
        var rounds = new Option<int>("--rounds")
        {
            Description = "How many times to measure each part",
            DefaultValueFactory = static _ => 10,
        };
        var python = new Option<string>("--python")
        {
            Description = "A Python that may have transformers",
            DefaultValueFactory = static _ => "python3",
        };
        var command = new Command(
            "gpu",
            "Measures f16 on an NVIDIA GPU: encoder, decoder step, captions per second by callers, memory, with CUDA graphs "
                + "and without, and transformers beside it."
        )
        {
            folders,
            device,
            rounds,
            python,
        };
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                bool isShort = parsed.GetValue(CommonOptions.Short);
                var benchmark = new GpuBenchmark(
                    new GpuPlan(
                        [.. parsed.GetRequiredValue(folders).Select(static folder => folder.FullName)],
                        parsed.GetRequiredValue(device),
                        isShort ? 1 : parsed.GetValue(rounds),
                        isShort ? TimeSpan.FromSeconds(1) : TimeSpan.FromSeconds(8),
                        parsed.GetRequiredValue(python)
                    )
                );
                try
                {
                    await ResultFile.KeepAsync<GpuData>(
                        parsed,
                        "gpu",
                        async save =>
                        {
                            string results = parsed.GetRequiredValue(CommonOptions.Results).FullName;
                            Directory.CreateDirectory(results);
                            var data = await benchmark.RunAsync(
                                async soFar =>
                                {
                                    await File.WriteAllTextAsync(Path.Combine(results, "gpu.md"), GpuTable.Write(soFar), cancellationToken);
                                    await save(soFar);
                                },
                                cancellationToken
                            );
                            Console.WriteLine(GpuTable.Write(data));
                            return data;
                        }
                    );
                    return 0;
                }
                catch (EngineUnavailableException unavailable)
                {
                    Console.Error.WriteLine($"Nothing is measured. {unavailable.Message}");
                    return 1;
                }
            }
        );
        return command;
    }
}
