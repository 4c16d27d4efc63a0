using System.Text.Json.Nodes;
using ImageToText.Contracts.Jobs;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Jobs;
using ImageToText.Gateway.Jobs.Files;
using ImageToText.Gateway.Jobs.Running;
using ImageToText.Gateway.Jobs.Storage;
using ImageToText.Gateway.Jobs.Storage.Rows;
using ImageToText.Gateway.Tests.StandIns;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace ImageToText.Gateway.Tests.Jobs;

/// <summary>What becomes of jobs that a gateway stored and did not queue before it was killed.</summary>
public sealed class JobRevivalTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_job_that_was_being_cancelled_and_one_without_input_end_when_a_gateway_starts()
    {
        using var data = new TemporaryFolder();
        using (var store = StoreIn(data))
        {
            var book = new JobBook(store);
            var shelf = new FileShelf(store, null!);
            foreach (string id in (string[])["job_cancelled", "job_bare"])
            {
                await shelf.AddAsync(File("file-" + id), Cancelled);
                Assert.True(await book.AddAsync(Unended(id, JobState.InProgress), Cancelled));
            }

            await book.ChangeAsync(
                "job_cancelled",
                static job =>
                {
                    job.State = JobState.Cancelling;
                    job.CancellingAt = 1;
                },
                Cancelled
            );
            await store.WriteAsync(db => db.Files.Where(row => row.FileId == "file-job_bare").ExecuteDeleteAsync(Cancelled), Cancelled);
        }

        await using var cluster = await TestCluster.BuildAsync(1, gateways: 0);
        await cluster.AddGatewayAsync("Gateway:DataDirectory=" + data.Path);
        await EndAsync(cluster, "job_cancelled", JobState.Cancelled);
        await EndAsync(cluster, "job_bare", JobState.Failed);
    }

    [Fact]
    public async Task A_batch_that_is_stored_and_can_not_be_queued_is_answered_and_runs_later()
    {
        using var data = new TemporaryFolder();
        using (var store = StoreIn(data))
        {
            await store.OpenAsync(Cancelled);
        }

        // A folder stands where the queue's file has to go.
        string queue = Path.Combine(data.Path, "jobs.queue.db");
        Directory.CreateDirectory(queue);
        await using var cluster = await TestCluster.BuildAsync(1, gateways: 0);
        await cluster.AddGatewayAsync("Gateway:DataDirectory=" + data.Path);
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        string id = (string)(await Library.RunAsync(http, Library.Lines(2)))["id"]!;
        Assert.Single(JsonNode.Parse(await http.GetStringAsync("/v1/batches", Cancelled))!["data"]!.AsArray());

        Directory.Delete(queue);
        Assert.Equal("completed", (string)(await Library.EndAsync(http, id))["status"]!);
    }

    [Fact]
    public async Task A_file_and_the_job_that_reads_it_do_not_part()
    {
        using var data = new TemporaryFolder();
        using var store = StoreIn(data);
        var book = new JobBook(store);
        var shelf = new FileShelf(store, new FolderBytes(Options.Create(new JobOptions { Directory = data.Path }), null!));
        await shelf.AddAsync(File("file-job_read"), Cancelled);
        Assert.True(await book.AddAsync(Unended("job_read", JobState.Validating), Cancelled));
        Assert.False(await shelf.RemoveUnneededAsync("file-job_read", Cancelled));

        await shelf.AddAsync(File("file-job_late"), Cancelled);
        Assert.True(await shelf.RemoveUnneededAsync("file-job_late", Cancelled));
        Assert.False(await book.AddAsync(Unended("job_late", JobState.Validating), Cancelled));
        Assert.Null(await book.FindAsync("job_late", Cancelled));
    }

    [Fact]
    public async Task A_native_job_that_is_stored_is_answered_even_if_the_store_can_not_be_read_any_more()
    {
        using var data = new TemporaryFolder();
        // A folder stands where the store's file has to go.
        Directory.CreateDirectory(Path.Combine(data.Path, "jobs.db"));
        using var away = StoreIn(data);
        var report = new JobReport(
            new ProgressCache(new JobBook(away), TimeProvider.System),
            new JobStoreGuard(NullLogger<JobStoreGuard>.Instance),
            TimeProvider.System
        );
        var job = Unended("job_stored", JobState.Validating);
        await Assert.ThrowsAsync<RefusalException>(() => report.OfAsync(job, forOperators: false, Cancelled));
        var told = await report.OfNewAsync(job);
        Assert.Equal(("job_stored", "validating", new JobCounts(100, 0, 0)), (told.Id, told.Status, told.Pictures));
    }

    [Fact]
    public async Task The_end_of_an_expired_job_is_known_while_it_waits_for_its_bucket()
    {
        using var data = new TemporaryFolder();
        using var store = StoreIn(data);
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var queue = new JobQueue(store, new ServiceCollection().BuildServiceProvider(), NullLoggerFactory.Instance, time);
        await queue.AddAsync("job_1", JobQueue.Finish, TimeSpan.FromHours(1), again: false, Cancelled);
        Assert.False(await queue.KnowsAsync("job_1", Cancelled));
        // The queue's own clock stands still, so the end has not begun by then.
        time.Advance(TimeSpan.FromHours(2));
        Assert.True(await queue.KnowsAsync("job_1", Cancelled));
    }

    private static JobStore StoreIn(TemporaryFolder data) =>
        new(
            Options.Create(new JobOptions { ConnectionString = $"Data Source={data.Path}/jobs.db;Pooling=False" }),
            null!,
            new ConfigurationBuilder().Build()
        );

    private static StoredFile File(string id) =>
        new()
        {
            FileId = id,
            KeyId = "alice",
            Purpose = "job",
            FileName = "job.jsonl",
        };

    private static Job Unended(string id, JobState state) =>
        new()
        {
            JobId = id,
            KeyId = "alice",
            Endpoint = LineEndpoints.Native,
            InputFileId = "file-" + id,
            CompletionWindow = "30d",
            State = state,
            Total = 100,
            ExpiresAt = DateTimeOffset.UtcNow.AddDays(30).ToUnixTimeSeconds(),
        };

    private static async Task EndAsync(TestCluster cluster, string id, JobState state)
    {
        var book = cluster.Service<JobBook>();
        await Eventually.HoldsAsync(async () => (await book.FindAsync(id, Cancelled))!.State == state);
    }
}
