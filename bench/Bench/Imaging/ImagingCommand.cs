using System.CommandLine;
using ImageToText.Bench.Results;

namespace ImageToText.Bench.Imaging;

/// <summary>Time and memory of reading pictures and of refusing bad ones.</summary>
internal static class ImagingCommand
{
    public static Command Create()
    {
        var picture = new Option<FileInfo>("--picture")
        {
            Description = "The picture to scale up to 12 megapixels",
            DefaultValueFactory = _ => new FileInfo(Path.Combine("samples", "astronaut.jpg")),
        };
        var fixtures = CommonOptions.Fixtures();
        var rounds = new Option<int>("--rounds")
        {
            Description = "How many times to read the large picture",
            DefaultValueFactory = _ => 15,
        };
        var readings = new Option<int>("--readings")
        {
            Description = "How many readings in a row to watch memory for",
            DefaultValueFactory = _ => 300,
        };
        var command = new Command("imaging", "Measures reading pictures on one thread: decoding, resizing, headers, refusals.")
        {
            picture,
            fixtures,
            rounds,
            readings,
        };
        command.SetAction(
            (parsed, _) =>
                ResultFile.KeepAsync(
                    parsed,
                    "imaging",
                    () =>
                    {
                        bool isShort = parsed.GetValue(CommonOptions.Short);
                        return Task.FromResult(
                            ImagingBenchmark.Run(
                                parsed.GetRequiredValue(picture).FullName,
                                parsed.GetRequiredValue(fixtures).FullName,
                                isShort ? 1 : parsed.GetValue(rounds),
                                isShort ? 10 : parsed.GetValue(readings),
                                isShort ? 2 : int.MaxValue
                            )
                        );
                    }
                )
        );
        return command;
    }

    /// <summary>The part that each separate process runs.</summary>
    public static Command CreateSingle()
    {
        var picture = new Argument<FileInfo>("picture") { Description = "The picture to read" };
        var command = new Command(
            "imaging-single",
            "Reads one picture in this process; prints milliseconds, bytes of memory and the error, if any."
        )
        {
            picture,
        };
        command.Hidden = true;
        command.SetAction(parsed => SingleReading.Run(parsed.GetRequiredValue(picture).FullName));
        return command;
    }
}
