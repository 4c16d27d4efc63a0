using ImageToText.Gateway.Jobs;
using ImageToText.Gateway.Jobs.Running;
using ImageToText.Gateway.Jobs.Storage;
using ImageToText.Gateway.Jobs.Storage.Rows;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace ImageToText.Gateway.Tests.Jobs;

/// <summary>What is told of jobs to those who watch them.</summary>
public sealed class ProgressTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly JobStore _store;

    public ProgressTests()
    {
        _store = new JobStore(
            Options.Create(new JobOptions { ConnectionString = $"Data Source={_folder.Path}/jobs.db;Pooling=False" }),
            null!,
            new ConfigurationBuilder().Build()
        );
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <inheritdoc/>
    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_count_serves_all_who_watch_for_longer_the_more_items_a_job_has()
    {
        var book = new JobBook(_store);
        var counts = new ProgressCache(book, _time);
        var large = JobOf("large", 500_000);
        var small = JobOf("small", 10);
        await CaptionAsync(0);
        Assert.Equal((1, 1), (await CountAsync(large), await CountAsync(small)));

        await CaptionAsync(1);
        _time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Equal((1, 2), (await CountAsync(large), await CountAsync(small)));
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(2, await CountAsync(large));

        // What has ended is not counted at all.
        large.State = JobState.Completed;
        large.Completed = 500_000;
        Assert.Equal(500_000, await CountAsync(large));

        async Task<int> CountAsync(Job job) => (await counts.OfAsync(job, Cancelled)).Completed;

        async Task CaptionAsync(int index)
        {
            foreach (string job in (string[])["large", "small"])
            {
                await book.AddAsync(
                    new JobItem
                    {
                        JobId = job,
                        Index = index,
                        Succeeded = true,
                        Line = "{}",
                    },
                    Cancelled
                );
            }
        }
    }

    [Fact]
    public async Task Operators_see_jobs_under_way_first_however_many_were_queued_or_ended_since()
    {
        var running = JobOf("running", 10, JobState.InProgress, createdAt: 1);
        running.StartedAt = 2;
        var ended = JobOf("ended", 10, JobState.Completed, createdAt: 50);
        (ended.StartedAt, ended.EndedAt) = (51, 52);
        Job[] jobs = [running, ended, .. Enumerable.Range(10, 5).Select(static at => JobOf($"queued{at}", 10, createdAt: at))];
        await _store.WriteAsync(
            db =>
            {
                db.Jobs.AddRange(jobs);
                return Task.FromResult(0);
            },
            Cancelled
        );
        var book = new JobBook(_store);
        Assert.Equal(["running", "queued14", "queued13"], (await book.LatestAsync(3, Cancelled)).Select(static job => job.JobId));
        Assert.Equal("ended", (await book.LatestAsync(100, Cancelled))[^1].JobId);
    }

    private static Job JobOf(string id, int total, JobState state = JobState.Validating, long createdAt = 0) =>
        new()
        {
            JobId = id,
            KeyId = "alice",
            Endpoint = LineEndpoints.Native,
            InputFileId = "file-" + id,
            CompletionWindow = "7d",
            State = state,
            Total = total,
            CreatedAt = createdAt,
        };
}
