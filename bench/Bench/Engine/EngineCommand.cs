using System.CommandLine;
using ImageToText.Bench.Results;
using ImageToText.Captioning;

namespace ImageToText.Bench.Engine;

/// <summary>Latency, throughput and memory of the engine and its parts, with the machine's own rate measured in the same run.</summary>
internal static class EngineCommand
{
    public static Command Create()
    {
        var folder = new Argument<DirectoryInfo>("folder") { Description = "A model folder (see random-model)" };
        var precisions = new Option<Precision[]>("--precision")
        {
            Description = "Number formats to measure",
            DefaultValueFactory = static _ => [Precision.F32, Precision.Int8],
            AllowMultipleArgumentsPerToken = true,
        };
        var provider = new Option<ProviderChoice>("--provider")
        {
            Description = "Where the model runs; T0 stays the processor's",
            DefaultValueFactory = static _ => ProviderChoice.Cpu,
        };
        var together = new Option<int>("--encode-together")
        {
            Description = "Also encode 2, 4, ... up to so many pictures in one run (not in eight bits)",
            DefaultValueFactory = static _ => 1,
        };
        var rounds = new Option<int>("--rounds")
        {
            Description = "Measurements of each part, interleaved, and of a caption",
            DefaultValueFactory = static _ => 7,
        };
        var captions = new Option<int>("--captions")
        {
            Description = "Captions of new pictures whose rate is taken; 0: no rates",
            DefaultValueFactory = static _ => 16,
        };
        var image = new Option<FileInfo>("--image")
        {
            Description = "The picture whose caption is timed",
            DefaultValueFactory = static _ => new FileInfo(Path.Combine(AppContext.BaseDirectory, "samples", "astronaut.jpg")),
        };
        var command = new Command(
            "engine",
            "Encoder, cross-attention, decoder step, whole caption, captions per second: in milliseconds and in T0, the machine's own rate."
        )
        {
            folder,
            precisions,
            provider,
            together,
            rounds,
            captions,
            image,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
            {
                var model = parsed.GetRequiredValue(folder);
                var plan = new EnginePlan(
                    model.FullName,
                    parsed.GetRequiredValue(precisions),
                    parsed.GetValue(provider),
                    parsed.GetValue(together),
                    parsed.GetValue(rounds),
                    parsed.GetValue(captions),
                    parsed.GetRequiredValue(image).FullName
                );
                if (parsed.GetValue(CommonOptions.Short))
                {
                    plan = plan with { Rounds = 1, Captions = 4 };
                }

                return ResultFile.KeepAsync(parsed, $"engine-{model.Name}", () => new EngineBenchmark(plan).RunAsync(cancellationToken));
            }
        );
        return command;
    }
}
