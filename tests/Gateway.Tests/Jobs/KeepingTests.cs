using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ImageToText.Contracts;
using ImageToText.Contracts.Accounts;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Intake;
using ImageToText.Gateway.Jobs;
using ImageToText.Gateway.Jobs.Files;
using ImageToText.Gateway.Jobs.Running;
using ImageToText.Gateway.Jobs.Storage;
using ImageToText.Gateway.Jobs.Storage.Rows;
using ImageToText.Gateway.Tests.StandIns;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace ImageToText.Gateway.Tests.Jobs;

/// <summary>How long files and jobs are kept, how much room they may take, and what a full disk does.</summary>
public sealed class KeepingTests
{
    // Of ENOSPC on Linux.
    private const int DiskFull = 28;
    private const int SqliteFull = 13;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Files_and_ended_jobs_go_after_thirty_days_and_not_before()
    {
        await using var cluster = await TestCluster.BuildAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        string ended = (string)(await Library.RunAsync(http, Library.Lines(2)))["id"]!;
        string output = (string)(await Library.EndAsync(http, ended))["output_file_id"]!;
        var held = new TaskCompletionSource();
        cluster.Nodes[0].Behaviour.Holds = held.Task;
        var running = await Library.RunAsync(http, [Library.Line("late", 60)]);
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow + TimeSpan.FromDays(29));
        var retention = new JobRetention(
            cluster.Service<JobStore>(),
            cluster.Service<FileShelf>(),
            Options.Create(new JobOptions()),
            Options.Create(new IntakeOptions()),
            time
        );

        await retention.ApplyAsync(Cancelled);
        Assert.Equal(3, await CountAsync(http, "/v1/files"));
        Assert.Equal(2, await CountAsync(http, "/v1/batches"));

        time.Advance(TimeSpan.FromDays(1.5));
        await retention.ApplyAsync(Cancelled);
        // A job under way still needs its input.
        Assert.Equal([(string)running["input_file_id"]!], await IdsAsync(http, "/v1/files"));
        Assert.Equal([(string)running["id"]!], await IdsAsync(http, "/v1/batches"));
        Assert.False(File.Exists(cluster.Service<FolderBytes>().PathOf(output + ".jsonl")));
        held.SetResult();
        await Library.EndAsync(http, (string)running["id"]!);
    }

    [Fact]
    public async Task The_files_of_a_key_take_no_more_than_they_may_and_a_setting_says_how_long_they_stay()
    {
        await using var cluster = await TestCluster.BuildAsync(
            settings: ["Gateway:Jobs:MaxBytesPerKey=1500", "Gateway:Jobs:Retention=2.00:00:00"]
        );
        using var alice = cluster.Client(cluster.Pricing.AddKey("alice"));
        using var bob = cluster.Client(cluster.Pricing.AddKey("bob"));
        string line = new('x', 1000);
        var file = await Library.UploadAsync(alice, [line]);
        Assert.Equal(2 * 24 * 3600, (long)file["expires_at"]! - (long)file["created_at"]!);
        using (var form = Library.Form(line))
        using (var refused = await alice.PostAsync("/v1/files", form, Cancelled))
        {
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.StatusCode);
            var error = JsonNode.Parse(await refused.Content.ReadAsStringAsync(Cancelled))!["error"]!;
            Assert.Equal("storage_quota", (string)error["code"]!);
        }

        Assert.Equal(1, await CountAsync(alice, "/v1/files"));
        await Library.UploadAsync(bob, [line]);
        using var deleted = await alice.DeleteAsync($"/v1/files/{file["id"]}", Cancelled);
        Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);
        await Library.UploadAsync(alice, [line]);
    }

    [Fact]
    public async Task The_files_of_an_account_take_no_more_than_they_may_and_its_keys_see_how_much_that_is()
    {
        await using var cluster = await TestCluster.BuildAsync(settings: ["Gateway:Jobs:MaxBytesPerAccount=1500"]);
        using var one = cluster.Client(cluster.Pricing.AddKey(new KeySettings("one", "shop", [KeyScope.Caption])));
        using var other = cluster.Client(cluster.Pricing.AddKey(new KeySettings("other", "shop", [KeyScope.Caption])));
        using var alone = cluster.Client(cluster.Pricing.AddKey("alone"));
        string line = new('x', 1000);
        await Library.UploadAsync(one, [line]);
        using (var form = Library.Form(line))
        using (var refused = await other.PostAsync("/v1/files", form, Cancelled))
        {
            var error = JsonNode.Parse(await refused.Content.ReadAsStringAsync(Cancelled))!["error"]!;
            Assert.Equal((413, "storage_quota"), ((int)refused.StatusCode, (string)error["code"]!));
            Assert.Contains("the account 'shop' take 1000 of the 1500 bytes", (string)error["message"]!, StringComparison.Ordinal);
        }

        await Library.UploadAsync(alone, [line]);
        // Native jobs and results count, too.
        var job = await NativeJobs.StartAsync(other, new JsonObject { ["addresses"] = NativeJobs.ArrayOf(["x"]) });
        await NativeJobs.EndAsync(other, job.Id);
        var storage = (await other.GetFromJsonAsync("/jobs", GatewayApiJson.Default.JobList, Cancelled))!.Storage!;
        Assert.Equal((10L << 30, 1500), (storage.KeyMaxBytes, storage.AccountMaxBytes));
        Assert.Equal(1000 + storage.KeyBytes, storage.AccountBytes);
        var files = await cluster
            .Service<JobStore>()
            .ReadAsync(db => db.Files.Where(file => file.Account == "shop").ToListAsync(), Cancelled);
        Assert.Equal(["batch", "job", "job_output"], files.Select(static file => file.Purpose).Order());
        Assert.Equal(storage.AccountBytes, files.Sum(static file => file.Bytes));
        Assert.Null((await alone.GetFromJsonAsync("/jobs", GatewayApiJson.Default.JobList, Cancelled))!.Storage!.AccountBytes);
    }

    [Fact]
    public async Task Two_files_that_arrive_at_once_do_not_take_the_same_room()
    {
        using var folder = new TemporaryFolder();
        var options = Options.Create(
            new JobOptions
            {
                ConnectionString = $"Data Source={folder.Path}/jobs.db;Pooling=False",
                MaxBytesPerKey = 1500,
                MaxBytesPerAccount = 2500,
            }
        );
        using var store = new JobStore(options, null!, new ConfigurationBuilder().Build());
        var quota = new FileQuota(store, options);
        // Both were told that there is room.
        await quota.AddAsync(Library.FileOf("one", "alice"), Cancelled);
        var refused = await Assert.ThrowsAsync<RefusalException>(() => quota.AddAsync(Library.FileOf("other", "alice"), Cancelled));
        Assert.Equal((413, "storage_quota"), (refused.Refusal.Status, refused.Refusal.Code));
        await quota.AddAsync(Library.FileOf("of-another-key", "bob"), Cancelled);
        refused = await Assert.ThrowsAsync<RefusalException>(() => quota.AddAsync(Library.FileOf("too-many-together", "carol"), Cancelled));
        Assert.Contains("the account 'shop'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_killed_gateway_left_goes_a_day_after_the_slowest_upload_ends_and_nothing_else_does()
    {
        using var folder = new TemporaryFolder();
        var options = Options.Create(
            new JobOptions { ConnectionString = $"Data Source={folder.Path}/jobs.db;Pooling=False", Directory = folder.Path }
        );
        using var store = new JobStore(options, null!, new ConfigurationBuilder().Build());
        var shelf = new FileShelf(store, new FolderBytes(options, null!));
        await shelf.AddAsync(
            new StoredFile
            {
                FileId = "file-kept",
                KeyId = "alice",
                Purpose = "batch",
                FileName = "library.jsonl",
                CreatedAt = DateTimeOffset.UtcNow.ToUnixTimeSeconds(),
            },
            Cancelled
        );
        string[] names = ["file-kept.jsonl", "file-kept.lines", "file-lost.jsonl", "file-lost.lines", "file-torn.jsonl.new", "notes.jsonl"];
        foreach (string name in names)
        {
            folder.Write(name, "{}");
        }

        // The largest file may take two days.
        var intake = new IntakeOptions { MinBytesPerSecond = options.Value.MaxFileBytes / TimeSpan.FromDays(2).TotalSeconds };
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow + TimeSpan.FromHours(71));
        var retention = new JobRetention(store, shelf, options, Options.Create(intake), time);
        await retention.ApplyAsync(Cancelled);
        Assert.All(names, name => Assert.True(File.Exists(Path.Combine(folder.Path, name)), name));

        time.Advance(TimeSpan.FromHours(2));
        await retention.ApplyAsync(Cancelled);
        Assert.Equal(
            ["file-kept.jsonl", "file-kept.lines", "notes.jsonl"],
            names.Where(name => File.Exists(Path.Combine(folder.Path, name)))
        );
    }

    [Fact]
    public async Task A_full_disk_or_database_is_named_and_any_other_trouble_is_not_called_so()
    {
        var guard = new JobStoreGuard(NullLogger<JobStoreGuard>.Instance);
        Assert.Equal(507, await StatusAsync(new IOException("full", DiskFull)));
        Assert.Equal(507, await StatusAsync(new SqliteException("full", SqliteFull)));
        Assert.Equal(507, await StatusAsync(new DbUpdateException("full", new SqliteException("full", SqliteFull))));
        Assert.Equal(503, await StatusAsync(new SqliteException("busy", 5)));
        // As EF Core tells of what may pass.
        Assert.Equal(503, await StatusAsync(new InvalidOperationException("away", new SqliteException("busy", 5))));
        await Assert.ThrowsAsync<IOException>(() => guard.AskAsync<int>(() => throw new IOException("torn")));

        async Task<int> StatusAsync(Exception failure) =>
            (await Assert.ThrowsAsync<RefusalException>(() => guard.AskAsync<int>(() => throw failure))).Refusal.Status;
    }

    [Fact]
    public async Task A_job_whose_results_can_not_be_written_waits_and_loses_none()
    {
        await using var cluster = await TestCluster.BuildAsync();
        var held = new TaskCompletionSource();
        cluster.Nodes[0].Behaviour.Holds = held.Task;
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        string id = (string)(await Library.RunAsync(http, Library.Lines(3)))["id"]!;
        // A folder stands where the output file has to go.
        string place = cluster.Service<FolderBytes>().PathOf($"file-{id["batch_".Length..]}-output.jsonl");
        Directory.CreateDirectory(place);
        held.SetResult();
        var waiting = await Library.UntilAsync(http, id, static batch => (string)batch["status"]! == "finalizing");
        Assert.Equal(3, (int)waiting["request_counts"]!["completed"]!);

        Directory.Delete(place);
        var ended = await Library.EndAsync(http, id);
        Assert.Equal(3, (await Library.LinesOfAsync(http, ended["output_file_id"])).Length);
        await http.GetStringAsync("/usage", Cancelled);
        Assert.Equal(3, cluster.Pricing.Ledger.Count);
    }

    private static async Task<int> CountAsync(HttpClient http, string path) => (await IdsAsync(http, path)).Length;

    private static async Task<string[]> IdsAsync(HttpClient http, string path) =>
        [.. JsonNode.Parse(await http.GetStringAsync(path, Cancelled))!["data"]!.AsArray().Select(static entry => (string)entry!["id"]!)];
}
