using System.Diagnostics;
using System.Globalization;
using ImageToText.Captioning.Imaging;
using ImageToText.ImageHeaders;
using NetVips;

namespace ImageToText.Bench.Imaging;

/// <summary>Measures what a node and a gateway do with a picture before any model sees it.</summary>
internal static class ImagingBenchmark
{
    private const double Megabyte = 1e6;
    private const int Width = 4000;
    private const int Height = 3000;
    private const int HeaderReadings = 2_000;

    /// <summary>Measures and prints.</summary>
    public static void Run(string picture, string fixtures, int rounds, int readings)
    {
        var folder = Directory.CreateTempSubdirectory("imagetotext-bench-");
        try
        {
            using var sample = Image.NewFromFile(picture);
            using var scaled = sample.ThumbnailImage(Width, height: Height, size: Enums.Size.Force);
            ReadLarge("scaled up", scaled, Path.Combine(folder.FullName, "scaled-up.jpg"), rounds);

            // Harder: as much detail a pixel as the sample has.
            using var tiled = sample.Replicate((Width / sample.Width) + 1, (Height / sample.Height) + 1).Crop(0, 0, Width, Height);
            ReadLarge("tiled", tiled, Path.Combine(folder.FullName, "tiled.jpg"), rounds);
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        ReadInARow(Path.Combine(fixtures, "images", "large.jpg"), readings);
        ReadHeaders(Path.Combine(fixtures, "images"));
        Refuse(Path.Combine(fixtures, "bad"));
    }

    private static void ReadLarge(string name, Image picture, string large, int rounds)
    {
        picture.Jpegsave(large, q: 88, interlace: false, subsampleMode: Enums.ForeignSubsample.On, keep: Enums.ForeignKeep.None);
        var single = SingleReading.InProcessOfItsOwn(large);
        var file = File.ReadAllBytes(large);
        Samples whole = new(), decode = new(), resize = new();
        for (var round = -2; round < rounds; round++)
        {
            var started = Stopwatch.GetTimestamp();
            using var read = Read(file);
            var elapsed = Stopwatch.GetElapsedTime(started);
            if (round >= 0)
            {
                whole.Add(elapsed.TotalMilliseconds);
                decode.Add(read.DecodeTime.TotalMilliseconds);
                resize.Add(read.ResizeTime.TotalMilliseconds);
            }
        }

        Print($"Sample {name} to a baseline JPEG of {Width} x {Height} pixels, {file.Length / Megabyte:F1} MB; to {SingleReading.Size} x {SingleReading.Size}, one thread, {rounds} readings:");
        Print($"| | minimum ms | median ms |");
        Print($"|---|---|---|");
        Print($"| decode and resize | {whole.Minimum:F1} | {whole.Median:F1} |");
        Print($"| decode | {decode.Minimum:F1} | {decode.Median:F1} |");
        Print($"| resize | {resize.Minimum:F1} | {resize.Median:F1} |");
        Print($"");
        Print($"In a process of its own: peak of resident memory {single.PeakGrowth / Megabyte:F1} MB above before; first reading {single.Milliseconds:F0} ms.");
        Print($"");
    }

    private static void ReadInARow(string picture, int readings)
    {
        var file = File.ReadAllBytes(picture);
        var early = 0L;
        for (var i = 0; i < readings; i++)
        {
            Read(file).Dispose();
            if (i == readings / 10)
            {
                early = ResidentWithoutGarbage();
            }
        }

        Print($"{readings} readings of {Path.GetFileName(picture)} in a row: {early / Megabyte:F1} MB resident after a tenth, {ResidentWithoutGarbage() / Megabyte:F1} MB at the end.");
        Print($"");
    }

    /// <summary>So that a leak shows, and not how long the collector may wait.</summary>
    private static long ResidentWithoutGarbage()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        return ProcessMemory.Resident;
    }

    private static void ReadHeaders(string folder)
    {
        Print($"| header of | bytes needed | microseconds |");
        Print($"|---|---|---|");
        var files = Directory.EnumerateFiles(folder).Order().Select(path => (Path: path, Bytes: File.ReadAllBytes(path)));
        foreach (var format in files.GroupBy(file => ImageHeaderReader.Read(file.Bytes, isComplete: true).Header.Format).OrderBy(group => group.Key))
        {
            // The slowest file of each format stands for it.
            var slowest = format.Select(file => (file.Path, file.Bytes, Microseconds: HeaderTime(file.Bytes))).MaxBy(file => file.Microseconds);
            Print($"| {format.Key} ({Path.GetFileName(slowest.Path)}) | {BytesNeeded(slowest.Bytes):N0} | {slowest.Microseconds:F2} |");
        }

        Print($"");
    }

    private static double HeaderTime(byte[] file)
    {
        var times = new Samples();
        for (var round = 0; round < 5; round++)
        {
            times.Measure(() =>
            {
                for (var i = 0; i < HeaderReadings; i++)
                {
                    _ = ImageHeaderReader.Read(file, isComplete: false);
                }
            });
        }

        return times.Minimum * 1000 / (HeaderReadings);
    }

    private static long BytesNeeded(byte[] file)
    {
        long have = 0;
        while (ImageHeaderReader.Read(file.AsSpan(0, (int)have), isComplete: have == file.Length) is { Status: ImageHeaderStatus.NeedMoreBytes } more)
        {
            have = Math.Min(more.BytesNeeded, file.Length);
        }

        return have;
    }

    private static void Refuse(string folder)
    {
        Print($"| refused, each in a process of its own | ms | peak MB | why |");
        Print($"|---|---|---|---|");
        foreach (var path in Directory.EnumerateFiles(folder).Order())
        {
            var single = SingleReading.InProcessOfItsOwn(path);
            Print($"| {Path.GetFileName(path)} | {single.Milliseconds:F1} | {single.PeakGrowth / Megabyte:F1} | {(single.Error.Length > 0 ? single.Error : "READ, NOT REFUSED")} |");
        }
    }

    private static ModelPicture Read(byte[] file) =>
        PictureReader.Read(file, SingleReading.Size, new ImageLimits(), TimeProvider.System, CancellationToken.None);

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
