using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace ImageToText.Standalone.Tests.Processes;

/// <summary>Data folders that can't be written to, or no longer can.</summary>
public sealed class DataFolderProcessTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_read_only_folder_is_refused_in_one_sentence()
    {
        using var folder = new TemporaryFolder();
        await using var disk = await Disk.MountAsync(Path.Combine(folder.Path, "disk"), "ro");
        await RefusedAsync(disk.Path);
        await RefusedAsync(Path.Combine(disk.Path, "data"));
    }

    [Fact]
    public async Task A_full_disk_is_refused_at_startup_in_one_sentence()
    {
        using var folder = new TemporaryFolder();
        await using var disk = await Disk.MountAsync(Path.Combine(folder.Path, "disk"), "size=16k");
        disk.Fill();
        await RefusedAsync(disk.Path);
    }

    [Fact]
    public async Task Books_of_a_newer_version_are_refused_in_one_sentence()
    {
        using var folder = new TemporaryFolder();
        await using (var books = new SqliteConnection($"Data Source={Path.Combine(folder.Path, "pricing.db")};Pooling=False"))
        {
            await books.OpenAsync(Cancelled);
            await using var command = books.CreateCommand();
            command.CommandText = """
                CREATE TABLE "__EFMigrationsHistory" ("MigrationId" TEXT NOT NULL PRIMARY KEY, "ProductVersion" TEXT NOT NULL);
                INSERT INTO "__EFMigrationsHistory" VALUES ('99990101000000_Later', '99.0.0');
                """;
            await command.ExecuteNonQueryAsync(Cancelled);
        }

        var ended = await StandaloneProcess.RunAsync(["serve", "--port", "0", "--data", folder.Path], cancellationToken: Cancelled);
        Assert.Equal(1, ended.Code);
        Assert.Contains("99990101000000_Later", Assert.Single(ended.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
        Assert.DoesNotContain("   at ", ended.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disk_that_fills_up_while_serving_loses_nothing()
    {
        using var folder = new TemporaryFolder();
        await using var disk = await Disk.MountAsync(Path.Combine(folder.Path, "disk"), "size=16m");
        using var process = StandaloneProcess.Start(
            ["serve", "--port", "0", "--data", disk.Path],
            new Dictionary<string, string>(Patience.Variables)
        );
        var (url, _) = await process.ReadBannerAsync(Cancelled);
        using var http = new HttpClient { BaseAddress = url };
        int answered = 0;
        Assert.Equal(HttpStatusCode.OK, (await CaptionAsync(0)).Status);

        disk.Fill();
        // Open files may have a page or two left.
        (HttpStatusCode Status, string Body) refused;
        do
        {
            Assert.True(answered < 500, "A full disk stored records.");
            refused = await CaptionAsync(answered);
        } while (refused.Status == HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.InsufficientStorage, refused.Status);
        Assert.Contains("storage_full", refused.Body, StringComparison.Ordinal);
        Assert.Contains("disk is full", refused.Body, StringComparison.Ordinal);

        disk.Clear();
        while ((await CaptionAsync(1000)).Status != HttpStatusCode.OK)
        {
            Cancelled.ThrowIfCancellationRequested();
        }

        using var usage = JsonDocument.Parse(await http.GetStringAsync("usage", Cancelled));
        Assert.Equal(answered, usage.RootElement.GetProperty("report").GetProperty("total").GetProperty("captions").GetInt32());
        process.Signal("TERM");
        var ended = await process.EndAsync(Cancelled);
        Assert.Equal(0, ended.Code);
        Assert.Contains($"usage journal in {Path.Combine(disk.Path, "gateway", "usage")} is full", ended.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", ended.Out + ended.Error, StringComparison.Ordinal);

        async Task<(HttpStatusCode Status, string Body)> CaptionAsync(int number)
        {
            using var answer = await http.PostAsync(
                "image-to-text",
                Pictures.Form(Pictures.Png(8, 8), ("prompt", $"number {number}")),
                Cancelled
            );
            answered += answer.StatusCode == HttpStatusCode.OK ? 1 : 0;
            return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancelled));
        }
    }

    private static async Task RefusedAsync(string data)
    {
        var ended = await StandaloneProcess.RunAsync(["serve", "--port", "0", "--data", data], cancellationToken: Cancelled);
        Assert.Equal((1, ""), (ended.Code, ended.Out));
        string line = Assert.Single(ended.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(data, line, StringComparison.Ordinal);
        Assert.Contains("--data", line, StringComparison.Ordinal);
    }

    /// <summary>A small in-memory disk.</summary>
    private sealed class Disk : IAsyncDisposable
    {
        private string Filler => System.IO.Path.Combine(Path, "filler");

        private Disk(string path) => Path = path;

        public string Path { get; }

        public static async Task<Disk> MountAsync(string path, string options)
        {
            Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Only root on Linux can mount a disk.");
            Directory.CreateDirectory(path);
            Assert.SkipUnless(await RunAsync("mount", "-t", "tmpfs", "-o", options, "tmpfs", path) == 0, "Nothing can be mounted here.");
            return new Disk(path);
        }

        /// <summary>Uses up every byte.</summary>
        public void Fill()
        {
            byte[] page = new byte[4096];
            using var file = new FileStream(Filler, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
            try
            {
                while (true)
                {
                    file.Write(page);
                }
            }
            catch (IOException)
            {
                // Full.
            }
        }

        public void Clear() => File.Delete(Filler);

        public async ValueTask DisposeAsync() => await RunAsync("umount", "--lazy", Path);

        private static async Task<int> RunAsync(string program, params string[] arguments)
        {
            using var process = Process.Start(program, arguments);
            await process.WaitForExitAsync(CancellationToken.None);
            return process.ExitCode;
        }
    }
}
