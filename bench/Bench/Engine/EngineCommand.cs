using System.CommandLine;
using ImageToText.Captioning;

namespace ImageToText.Bench.Engine;

/// <summary>Latency and memory of the engine's parts, with the machine's own rate measured in the same run.</summary>
internal static class EngineCommand
{
    public static Command Create()
    {
        var folder = new Argument<DirectoryInfo>("folder") { Description = "A model folder (see random-model)" };
        var precisions = new Option<Precision[]>("--precision")
        {
            Description = "Number formats to measure",
            DefaultValueFactory = _ => [Precision.F32, Precision.Int8],
            AllowMultipleArgumentsPerToken = true,
        };
        var rounds = new Option<int>("--rounds") { Description = "Measurements of each part, interleaved", DefaultValueFactory = _ => 7 };
        var captions = new Option<int>("--captions") { Description = "Captions in a row whose memory is watched; 0: none", DefaultValueFactory = _ => 0 };
        var image = new Option<FileInfo?>("--image") { Description = "The picture to caption; none: samples/astronaut.jpg" };
        var command = new Command("engine", "Encoder, cross-attention, decoder step, whole caption: milliseconds, and as a share of the machine's own rate.")
        {
            folder, precisions, rounds, captions, image,
        };
        command.SetAction((parsed, cancellationToken) => EngineBenchmark.RunAsync(
            parsed.GetRequiredValue(folder).FullName,
            parsed.GetRequiredValue(precisions),
            parsed.GetValue(rounds),
            parsed.GetValue(captions),
            parsed.GetValue(image)?.FullName ?? Path.Combine("samples", "astronaut.jpg"),
            cancellationToken));
        return command;
    }
}
