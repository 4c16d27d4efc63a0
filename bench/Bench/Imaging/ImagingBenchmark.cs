using System.Diagnostics;
using ImageToText.Bench.Load;
using ImageToText.Captioning.Preprocessing;
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
    private const int SmallReadings = 1_000;
    private const int FirstReadings = 16;

    /// <summary>Measures and prints.</summary>
    public static ImagingData Run(string picture, string fixtures, int rounds, int readings, int refusals)
    {
        var small = ReadSmall(isShort: readings < SmallReadings / 10);
        var folder = Directory.CreateTempSubdirectory("imagetotext-bench-");
        try
        {
            using var sample = Image.NewFromFile(picture);
            using var scaled = sample.ThumbnailImage(Width, height: Height, size: Enums.Size.Force);

            // A harder one: with as much detail per pixel as the sample has.
            using var tiled = sample.Replicate((Width / sample.Width) + 1, (Height / sample.Height) + 1).Crop(0, 0, Width, Height);
            return new ImagingData(
                rounds,
                [
                    ReadLarge("scaling up", scaled, Path.Combine(folder.FullName, "scaled-up.jpg"), rounds),
                    ReadLarge(
                        "tiling (as much detail a pixel as the sample has)",
                        tiled,
                        Path.Combine(folder.FullName, "tiled.jpg"),
                        rounds
                    ),
                ],
                ReadInARow(Path.Combine(fixtures, "images", "large.jpg"), readings),
                ReadHeaders(Path.Combine(fixtures, "images")),
                Refuse(Path.Combine(fixtures, "bad"), refusals)
            )
            {
                Small = small,
            };
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // Comes first, so that it sees code as it is when a process begins.
    private static SmallPictures ReadSmall(bool isShort)
    {
        byte[][] files = new LoadPictures(seed: 1).Make(isShort ? 2 * FirstReadings : SmallReadings);
        StopwatchSamples first = new();
        StopwatchSamples whole = new();
        StopwatchSamples decode = new();
        StopwatchSamples resize = new();
        for (int i = 0; i < files.Length; i++)
        {
            long started = Stopwatch.GetTimestamp();
            using var read = Read(files[i]);
            double elapsed = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            if (i < FirstReadings)
            {
                first.Add(elapsed);
            }
            else if (i >= files.Length / 2)
            {
                whole.Add(elapsed);
                decode.Add(read.DecodeTime.TotalMilliseconds);
                resize.Add(read.ResizeTime.TotalMilliseconds);
            }
        }

        var data = new SmallPictures(first.Median, whole.Median, decode.Median, resize.Median);
        Print(
            $"{LoadPictures.Width} x {LoadPictures.Height} to {SingleReading.Size} x {SingleReading.Size}: the first {data.FirstMs:F2} ms, "
                + $"later {data.Ms:F2}, of which decode {data.DecodeMs:F2}, resize {data.ResizeMs:F2} (medians)"
        );
        return data;
    }

    private static LargePicture ReadLarge(string name, Image picture, string large, int rounds)
    {
        picture.Jpegsave(large, q: 88, interlace: false, subsampleMode: Enums.ForeignSubsample.On, keep: Enums.ForeignKeep.None);
        var single = SingleReading.InProcessOfItsOwn(large);
        byte[] file = File.ReadAllBytes(large);
        StopwatchSamples whole = new();
        StopwatchSamples decode = new();
        StopwatchSamples resize = new();
        for (int round = -2; round < rounds; round++)
        {
            long started = Stopwatch.GetTimestamp();
            using var read = Read(file);
            var elapsed = Stopwatch.GetElapsedTime(started);
            if (round >= 0)
            {
                whole.Add(elapsed.TotalMilliseconds);
                decode.Add(read.DecodeTime.TotalMilliseconds);
                resize.Add(read.ResizeTime.TotalMilliseconds);
            }
        }

        var data = new LargePicture(
            name,
            file.Length / Megabyte,
            whole.Minimum,
            whole.Median,
            decode.Minimum,
            decode.Median,
            resize.Minimum,
            resize.Median,
            single.PeakGrowth / Megabyte
        );
        Print(
            $"{Width} x {Height} by {name}, {data.Megabytes:F1} MB, to {SingleReading.Size} x {SingleReading.Size}: "
                + $"{data.Ms:F1} ms (median {data.MedianMs:F1}), decode {data.DecodeMs:F1}, resize {data.ResizeMs:F1}; peak "
                + $"{data.PeakMegabytes:F1} MB above before"
        );
        return data;
    }

    private static ReadingsInARow ReadInARow(string picture, int readings)
    {
        byte[] file = File.ReadAllBytes(picture);
        long early = 0L;
        for (int i = 0; i < readings; i++)
        {
            Read(file).Dispose();
            if (i == readings / 10)
            {
                early = ResidentWithoutGarbage();
            }
        }

        var data = new ReadingsInARow(Path.GetFileName(picture), readings, early / Megabyte, ResidentWithoutGarbage() / Megabyte);
        Print(
            $"{readings} readings of {data.File} in a row: {data.EarlyMegabytes:F1} MB resident after a tenth, "
                + $"{data.EndMegabytes:F1} MB at the end"
        );
        return data;
    }

    /// <summary>Collects garbage first, so that a leak shows rather than how long the collector may wait.</summary>
    private static long ResidentWithoutGarbage()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        return ProcessMemory.Resident;
    }

    private static HeaderReading[] ReadHeaders(string folder)
    {
        var files = Directory.EnumerateFiles(folder).Order().Select(path => (Name: Path.GetFileName(path), Bytes: File.ReadAllBytes(path)));
        // The slowest file stands for its format.
        HeaderReading[] slowest =
        [
            .. files
                .GroupBy(file => ImageHeaderReader.Read(file.Bytes, isComplete: true).Header.Format)
                .OrderBy(group => group.Key)
                .Select(format =>
                    format
                        .Select(file => new HeaderReading($"{format.Key}", file.Name, BytesNeeded(file.Bytes), HeaderTime(file.Bytes)))
                        .MaxBy(reading => reading.Microseconds)!
                ),
        ];
        foreach (var reading in slowest)
        {
            Print($"header of {reading.Format} ({reading.File}): {reading.BytesNeeded} bytes, {reading.Microseconds:F2} us");
        }

        return slowest;
    }

    private static double HeaderTime(byte[] file)
    {
        var times = new StopwatchSamples();
        for (int round = 0; round < 5; round++)
        {
            times.Measure(() =>
            {
                for (int i = 0; i < HeaderReadings; i++)
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
        while (
            ImageHeaderReader.Read(file.AsSpan(0, (int)have), isComplete: have == file.Length)
                is { Status: ImageHeaderStatus.NeedMoreBytes } more
        )
        {
            have = Math.Min(more.BytesNeeded, file.Length);
        }

        return have;
    }

    private static RefusedPicture[] Refuse(string folder, int most)
    {
        var refusals = new List<RefusedPicture>();
        foreach (string? path in Directory.EnumerateFiles(folder).Order().Take(most))
        {
            var single = SingleReading.InProcessOfItsOwn(path);
            if (single.Error.Length == 0)
            {
                throw new InvalidOperationException($"{path} was read, not refused.");
            }

            refusals.Add(new RefusedPicture(Path.GetFileName(path), single.Milliseconds, single.PeakGrowth / Megabyte, single.Error));
            Print(
                $"{refusals[^1].File} refused in {single.Milliseconds:F1} ms, peak {refusals[^1].PeakMegabytes:F1} MB "
                    + $"above before: {single.Error}"
            );
        }

        return [.. refusals];
    }

    private static ModelPicture Read(byte[] file) =>
        PictureReader.Read(file, SingleReading.Size, new ImageLimits(), TimeProvider.System, CancellationToken.None);

    private static void Print(string line) => Console.WriteLine(line);
}
