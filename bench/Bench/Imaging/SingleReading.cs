using System.Diagnostics;
using System.Globalization;
using ImageToText.Captioning;
using ImageToText.Captioning.Preprocessing;
using NetVips;

namespace ImageToText.Bench.Imaging;

/// <summary>Reads one picture in a process that has read only a tiny one, so that no spare memory hides what it takes.</summary>
internal sealed record SingleReading(double Milliseconds, long PeakGrowth, string Error)
{
    public const int Size = 384;

    /// <summary>Starts the process and waits for its figures.</summary>
    public static SingleReading InProcessOfItsOwn(string picture)
    {
        var start = BenchProcess.Start("imaging-single", picture);
        start.RedirectStandardOutput = true;
        using var process = Process.Start(start)!;
        string[] fields = process.StandardOutput.ReadToEnd().Trim().Split('\t');
        process.WaitForExit();
        return fields is [var milliseconds, var growth, ..]
            ? new SingleReading(
                double.Parse(milliseconds, CultureInfo.InvariantCulture),
                long.Parse(growth, CultureInfo.InvariantCulture),
                fields.Length > 2 ? fields[2] : ""
            )
            : throw new InvalidOperationException($"Reading {picture} ended with exit code {process.ExitCode} and no figures.");
    }

    /// <summary>The code that the process runs.</summary>
    public static void Run(string picture)
    {
        using (var tiny = Image.Black(8, 8, 3))
        {
            Read(tiny.PngsaveBuffer());
            Read(tiny.JpegsaveBuffer());
        }

        byte[] file = File.ReadAllBytes(picture);
        var memory = PeakMemory.Start();
        long started = Stopwatch.GetTimestamp();
        string error = Read(file);
        var elapsed = Stopwatch.GetElapsedTime(started);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{elapsed.TotalMilliseconds:F2}\t{memory.Growth()}\t{error}"));
    }

    private static string Read(byte[] file)
    {
        try
        {
            PictureReader.Read(file, Size, new ImageLimits(), TimeProvider.System, CancellationToken.None).Dispose();
            return "";
        }
        catch (ImageException exception)
        {
            return exception.Message;
        }
    }
}
