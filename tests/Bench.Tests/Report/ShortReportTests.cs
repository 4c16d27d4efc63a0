using System.Diagnostics;

namespace ImageToText.Bench.Tests.Report;

/// <summary>Runs every command to its end in its short form, to show that it works, not how fast.</summary>
public sealed class ShortReportTests(ITestOutputHelper output)
{
    [Fact]
    public async Task The_report_measures_everything_and_writes_its_page_and_plots()
    {
        var folder = Directory.CreateTempSubdirectory("bench-tests-");
        var start = new ProcessStartInfo(
            "dotnet",
            ["exec", Path.Combine(AppContext.BaseDirectory, "ImageToText.Bench.dll"), "report", "--short", "--results", folder.FullName]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Repository.Root,
        };
        using var process = Process.Start(start)!;
        var said = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        output.WriteLine(await said);
        output.WriteLine(await error);
        Assert.Equal(0, process.ExitCode);

        var headings = File.ReadLines(Path.Combine(folder.FullName, "performance.md"))
            .Where(static line => line.StartsWith("## ", StringComparison.Ordinal));
        Assert.Equal(
            [
                "## The engine",
                "## Each family beside transformers",
                "## Accuracy of the eight-bit form",
                "## A node under load",
                "## The whole service under load",
                "## What the gateway adds to a caption",
                "## Cache hits against plain YARP",
                "## The same new picture many times at once",
                "## A ledger of months",
                "## Memory over time",
                "## Start",
                "## On a GPU",
                "## Pictures",
            ],
            headings
        );
        Assert.Equal(
            [
                "first-minute.svg",
                "memory.svg",
                "node-starter-int8-goodput.svg",
                "node-starter-int8-latency.svg",
                "stack-goodput.svg",
                "stack-latency.svg",
            ],
            Directory.GetFiles(Path.Combine(folder.FullName, "images")).Select(Path.GetFileName).Order()
        );
        folder.Delete(recursive: true);
    }
}
