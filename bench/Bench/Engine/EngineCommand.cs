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
            Description = "Where the model runs; T0 is always the CPU's",
            DefaultValueFactory = static _ => ProviderChoice.Cpu,
        };
        var together = new Option<int>("--encode-together")
        {
            Description = "Also encode 2, 4, ... up to this many pictures in one run (not in int8)",
            DefaultValueFactory = static _ => 1,
        };
        var rounds = new Option<int>("--rounds")
        {
            Description = "How many times to measure each part (interleaved) and a caption",
            DefaultValueFactory = static _ => 7,
        };
        var captions = new Option<int>("--captions")
        {
            Description = "How many new pictures to caption when measuring rates; 0 skips the rates",
            DefaultValueFactory = static _ => 16,
        };
        var image = new Option<FileInfo>("--image")
        {
            Description = "The picture to time",
            DefaultValueFactory = static _ => new FileInfo(Path.Combine(AppContext.BaseDirectory, "samples", "astronaut.jpg")),
        };
        var command = new Command(
            "engine",
            "Measures encoder, decoder step, whole caption and captions per second, in ms and in T0 (the machine's own rate)."
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
