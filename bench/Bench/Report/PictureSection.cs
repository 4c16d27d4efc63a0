using ImageToText.Bench.Imaging;
using ImageToText.Bench.Load;
using ImageToText.Bench.Results;
using ImageToText.Bench.Tables;
using static ImageToText.Bench.Tables.Markdown;

namespace ImageToText.Bench.Report;

/// <summary>The section of docs/performance.md about reading pictures.</summary>
internal static class PictureSection
{
    public static void Write(Markdown page, BenchResult<ImagingData>? imaging)
    {
        if (imaging is not { Data: var data })
        {
            return;
        }

        page.Heading(2, "Pictures");
        page.Paragraph(
            $"On one thread: {data.Rounds} readings after two that do not count. Memory is the operating system's "
                + $"high-water mark of resident memory, in a separate process that has read only a "
                + $"tiny picture. A baseline "
                + $"JPEG of 4000 x 3000 pixels, made from samples/astronaut.jpg, becomes 384 x 384 "
                + $"pixels. Times are minimum "
                + $"and median, in milliseconds:"
        );
        page.Commands(imaging.Command);
        page.Table(
            ["made by", "file MB", "decode and resize", "decode", "resize", "peak memory above before, MB"],
            data.Large.Select(static large =>
                (IReadOnlyList<string>)
                    [
                        large.MadeBy,
                        Text($"{large.Megabytes:F1}"),
                        Text($"{large.Ms:F1}, {large.MedianMs:F1}"),
                        Text($"{large.DecodeMs:F1}, {large.DecodeMedianMs:F1}"),
                        Text($"{large.ResizeMs:F1}, {large.ResizeMedianMs:F1}"),
                        Text($"{large.PeakMegabytes:F1}"),
                    ]
            )
        );
        if (data.Small is { } small)
        {
            page.Paragraph(
                $"A photograph of {LoadPictures.Width} x {LoadPictures.Height} pixels, as the load runs send them, becomes 384 x 384 "
                    + $"pixels in {small.Ms:F2} ms (median; decode {small.DecodeMs:F2}, resize {small.ResizeMs:F2}). The first ones of a "
                    + $"process, while code is still being compiled, take {small.FirstMs:F2} ms."
            );
        }

        page.Paragraph(
            $"{data.InARow.Readings} readings of {data.InARow.File} one after the other: {data.InARow.EarlyMegabytes:F1} "
                + $"MB are resident after a tenth of them, {data.InARow.EndMegabytes:F1} MB at the end."
        );
        page.Paragraph($"Reading format and size from the first bytes, for the slowest reference picture of each format:");
        page.Table(
            ["header of", "bytes needed", "microseconds"],
            data.Headers.Select(static header =>
                (IReadOnlyList<string>)
                    [$"{header.Format} ({header.File})", Text($"{header.BytesNeeded:N0}"), Text($"{header.Microseconds:F2}")]
            )
        );
        var slowest = data.Refusals.MaxBy(static refusal => refusal.Ms)!;
        var largest = data.Refusals.MaxBy(static refusal => refusal.PeakMegabytes)!;
        page.Paragraph(
            $"Each of the {data.Refusals.Count} files in tests/Fixtures/bad is refused "
                + $"within {slowest.Ms:F1} ms (the "
                + $"slowest is {slowest.File}) and {largest.PeakMegabytes:F1} MB more than before "
                + $"({largest.File}), including "
                + $"the first use of its decoder. The command prints the time, memory and error of each."
        );
    }
}
