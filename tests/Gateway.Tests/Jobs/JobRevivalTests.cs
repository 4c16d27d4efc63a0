using System.Text.Json.Nodes;
using ImageToText.Gateway.Jobs;
using ImageToText.Gateway.Jobs.Files;
using ImageToText.Gateway.Jobs.Running;
using ImageToText.Gateway.Jobs.Storage;
using ImageToText.Gateway.Jobs.Storage.Rows;
using ImageToText.Gateway.Tests.StandIns;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

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
