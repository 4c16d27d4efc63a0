using System.CommandLine;

namespace ImageToText.Bench.Imaging;

/// <summary>Time and memory of reading pictures and of refusing bad ones.</summary>
internal static class ImagingCommand
{
    public static Command Create()
    {
        var picture = new Option<FileInfo>("--picture")
        {
            Description = "The picture that is scaled up to 12 megapixels",
            DefaultValueFactory = _ => new FileInfo(Path.Combine("samples", "astronaut.jpg")),
        };
        var fixtures = new Option<DirectoryInfo>("--fixtures")
        {
            Description = "The folder with the reference pictures (images/) and those to refuse (bad/)",
            DefaultValueFactory = _ => new DirectoryInfo(Path.Combine("tests", "Fixtures")),
        };
        var rounds = new Option<int>("--rounds") { Description = "Readings of the large picture", DefaultValueFactory = _ => 15 };
        var readings = new Option<int>("--readings") { Description = "Readings in a row whose memory is watched", DefaultValueFactory = _ => 300 };
        var command = new Command("imaging", "Pictures: decode and resize, headers, refusals: milliseconds and megabytes, on one thread.")
        {
            picture, fixtures, rounds, readings,
        };
        command.SetAction(parsed => ImagingBenchmark.Run(
            parsed.GetRequiredValue(picture).FullName,
            parsed.GetRequiredValue(fixtures).FullName,
            parsed.GetValue(rounds),
            parsed.GetValue(readings)));
        return command;
    }

    /// <summary>The part that each process of its own does.</summary>
    public static Command CreateSingle()
    {
        var picture = new Argument<FileInfo>("picture") { Description = "The picture to read" };
        var command = new Command("imaging-single", "Reads one picture in this process; prints milliseconds, bytes of memory and the error, if any.")
        {
            picture,
        };
        command.Hidden = true;
        command.SetAction(parsed => SingleReading.Run(parsed.GetRequiredValue(picture).FullName));
        return command;
    }
}
