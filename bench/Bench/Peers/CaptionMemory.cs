using System.Diagnostics;
using System.Globalization;
using ImageToText.Bench.Imaging;
using ImageToText.Captioning;

namespace ImageToText.Bench.Peers;

/// <summary>
/// What a model takes in a process that does nothing else: the high-water mark of loading it and making a few captions.
/// </summary>
internal static class CaptionMemory
{
    /// <summary>The hidden command's name.</summary>
    public const string Command = "peers-memory";

    /// <summary>Starts the process and waits for its figure.</summary>
    /// <returns>2^20 bytes.</returns>
    public static double InProcessOfItsOwn(string folder, Precision precision, string picture, int beams, int tokens)
    {
        var start = BenchProcess.Start(Command, folder, precision.ToString(), picture, $"{beams}", $"{tokens}");
        start.RedirectStandardOutput = true;
        using var process = Process.Start(start)!;
        string written = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        return double.TryParse(written, CultureInfo.InvariantCulture, out double mebibytes)
            ? mebibytes
            : throw new InvalidOperationException(
                $"Captioning with {folder} in a process of its own ended with exit code {process.ExitCode} and no figure: {written}"
            );
    }

    /// <summary>The code that the process runs.</summary>
    public static async Task RunAsync(
        string folder,
        Precision precision,
        string picture,
        int beams,
        int tokens,
        CancellationToken cancellationToken
    )
    {
        byte[] bytes = await File.ReadAllBytesAsync(picture, cancellationToken);
        var memory = PeakMemory.Start();
        var options = new CaptionerOptions { Provider = ProviderChoice.Cpu, Precision = precision };
        await using (var captioner = await Captioner.LoadAsync(folder, options, cancellationToken))
        {
            foreach (int width in (int[])[1, beams])
            {
                await captioner.CaptionAsync(bytes, PeersBenchmark.Request(width, tokens), cancellationToken);
            }
        }

        Console.WriteLine((memory.Growth() / (double)(1 << 20)).ToString("F1", CultureInfo.InvariantCulture));
    }
}
