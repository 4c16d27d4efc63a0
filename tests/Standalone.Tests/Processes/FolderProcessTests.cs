using System.Text.Json;

namespace ImageToText.Standalone.Tests.Processes;

/// <summary>A process that captions a folder into files next to the pictures and is killed on the way.</summary>
public sealed class FolderProcessTests : IDisposable
{
    private const int Pictures = 60;
    private readonly TemporaryFolder _folder = new();
    private readonly string _lines;

    public FolderProcessTests()
    {
        string[] samples = [.. Directory.GetFiles(StandaloneProcess.Samples, "*.png").Order(StringComparer.Ordinal)];
        for (int i = 0; i < Pictures; i++)
        {
            File.Copy(samples[i % samples.Length], Path.Combine(_folder.Path, $"{i:d2}.png"));
        }

        _lines = Path.Combine(_folder.Path, "captions.jsonl");
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_run_killed_three_times_leaves_complete_files_and_captions_no_picture_twice()
    {
        foreach (int made in (int[])[5, 20, 40])
        {
            using var running = StandaloneProcess.Start(Arguments);
            running.ReadRest();
            await HasAsync(made);
            running.Signal("KILL");
            await running.EndAsync(Cancelled);
        }

        var ended = await StandaloneProcess.RunAsync(Arguments, cancellationToken: Cancelled);
        Assert.Equal(0, ended.Code);
        Assert.DoesNotContain("skipped 0,", ended.Error, StringComparison.Ordinal);

        string[] lines = await File.ReadAllLinesAsync(_lines, Cancelled);
        var captions = lines
            .Select(static line => JsonDocument.Parse(line).RootElement)
            .ToDictionary(
                static line => Path.GetFileName(line.GetProperty("path").GetString()!),
                static line => line.GetProperty("text").GetString() + "\n"
            );
        Assert.Equal(Pictures, lines.Length);
        Assert.Equal(Pictures, captions.Count);
        foreach (var (picture, caption) in captions)
        {
            Assert.Equal(
                caption,
                await File.ReadAllTextAsync(Path.Combine(_folder.Path, Path.ChangeExtension(picture, ".txt")), Cancelled)
            );
        }

        Assert.Empty(Directory.GetFiles(_folder.Path, "*.new"));
        Assert.Equal(Directory.GetFiles(_folder.Path, "*.png").Length, Directory.GetFiles(_folder.Path, "*.txt").Length);
    }

    private string[] Arguments => ["caption", _folder.Path, "--sidecar", ".txt", "--skip-existing", "--jsonl", _lines, "--resume"];

    private async Task HasAsync(int captions)
    {
        var there = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var watcher = new FileSystemWatcher(_folder.Path, "*.txt") { EnableRaisingEvents = true };
        watcher.Renamed += (_, _) => Look();
        watcher.Created += (_, _) => Look();
        Look();
        await there.Task.WaitAsync(Cancelled);

        void Look()
        {
            if (Directory.GetFiles(_folder.Path, "*.txt").Length >= captions)
            {
                there.TrySetResult();
            }
        }
    }
}
