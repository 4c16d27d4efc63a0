using System.Text;
using System.Text.Json.Nodes;
using ImageToText.Gateway.Intake;
using ImageToText.Gateway.Jobs;
using ImageToText.Gateway.Jobs.Files;
using ImageToText.Gateway.Jobs.Running;
using ImageToText.Gateway.Jobs.Storage;
using ImageToText.Gateway.Jobs.Storage.Rows;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace ImageToText.Gateway.Tests.Jobs;

/// <summary>How jobs end: two gateways at once, and when their time is over.</summary>
public sealed class JobFinishTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly IOptions<JobOptions> _options;
    private readonly JobStore _store;

    public JobFinishTests()
    {
        _options = Options.Create(
            new JobOptions { ConnectionString = $"Data Source={_folder.Path}/jobs.db;Pooling=False", Directory = _folder.Path }
        );
        _store = new JobStore(_options, null!, new ConfigurationBuilder().Build());
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <inheritdoc/>
    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(nameof(IFileBytes.WriteAsync))]
    [InlineData(nameof(IFileBytes.RemoveAsync))]
    public async Task What_another_gateway_ended_meanwhile_keeps_its_results_and_its_time(string during)
    {
        var book = new JobBook(_store);
        var shelf = new FileShelf(_store, new FolderBytes(_options, null!));
        await AddAsync(book, shelf, "job_1", ["one", "other"], captioned: 2);

        // When the other one has ended it, this one is about to write its files, or has written them.
        var slow = new Between(
            new FolderBytes(_options, null!),
            during,
            async () =>
            {
                await Finish(book, shelf).RunAsync("job_1", Cancelled);
                _time.Advance(TimeSpan.FromMinutes(1));
            }
        );
        await Finish(book, new FileShelf(_store, slow)).RunAsync("job_1", Cancelled);

        var ended = (await book.FindAsync("job_1", Cancelled))!;
        Assert.Equal((JobState.Completed, 2, 2m), (ended.State, ended.Completed, ended.CostUsd));
        Assert.Equal(_time.GetUtcNow().AddMinutes(-1).ToUnixTimeSeconds(), ended.EndedAt);
        Assert.Equal("{}\n{}\n", await ReadAsync(shelf, ended.OutputFileId));
        Assert.Null(ended.ErrorFileId);
    }

    [Fact]
    public async Task An_item_that_ends_late_and_another_gateway_that_ends_the_job_then_leave_its_result()
    {
        var book = new JobBook(_store);
        var shelf = new FileShelf(_store, new FolderBytes(_options, null!));
        await AddAsync(book, shelf, "job_1", ["one", "other"], captioned: 0);
        await using var queue = new JobQueue(_store, new ServiceCollection().BuildServiceProvider(), NullLoggerFactory.Instance, _time);
        _time.Advance(TimeSpan.FromDays(7));

        // It has counted the results when the item ends, and is about to write its files when the other one has ended the job.
        var clock = new Clock(_time, () => book.AddAsync(Captioned("job_1", 0), Cancelled));
        var bytes = new Between(
            new FolderBytes(_options, null!),
            nameof(IFileBytes.WriteAsync),
            () => Finish(book, shelf, queue).RunAsync("job_1", Cancelled)
        );
        await Finish(book, new FileShelf(_store, bytes), queue, clock).RunAsync("job_1", Cancelled);

        var ended = (await book.FindAsync("job_1", Cancelled))!;
        Assert.Equal((JobState.Expired, 1), (ended.State, ended.Completed));
        Assert.Equal("{}\n", await ReadAsync(shelf, ended.OutputFileId));
    }

    [Theory]
    [InlineData("job_1", "job_expired")]
    [InlineData("batch_1", "batch_expired")]
    public async Task A_job_whose_time_is_over_keeps_what_was_done_and_names_what_was_not_tried(string id, string code)
    {
        var book = new JobBook(_store);
        var shelf = new FileShelf(_store, new FolderBytes(_options, null!));
        await AddAsync(book, shelf, id, ["a.png", "b.png", "c.png"], captioned: 1);
        await using var queue = new JobQueue(_store, new ServiceCollection().BuildServiceProvider(), NullLoggerFactory.Instance, _time);
        await Finish(book, shelf, queue).RunAsync(id, Cancelled);
        Assert.Equal(JobState.InProgress, (await book.FindAsync(id, Cancelled))!.State);

        _time.Advance(TimeSpan.FromDays(7));
        await Finish(book, shelf, queue).RunAsync(id, Cancelled);
        var ended = (await book.FindAsync(id, Cancelled))!;
        // What was not tried has not failed.
        Assert.Equal((JobState.Expired, 1, 0), (ended.State, ended.Completed, ended.Failed));
        Assert.Equal("{}\n", await ReadAsync(shelf, ended.OutputFileId));
        var lines = (await ReadAsync(shelf, ended.ErrorFileId))
            .TrimEnd()
            .Split('\n')
            .Select(static line => JsonNode.Parse(line)!)
            .ToArray();
        Assert.Equal([code, code], lines.Select(static line => (string)line["error"]!["code"]!));
        Assert.Equal(["b.png", "c.png"], lines.Select(static line => (string)(line["picture"] ?? line["custom_id"])!));
    }

    private async Task AddAsync(JobBook book, FileShelf shelf, string id, string[] pictures, int captioned)
    {
        var file = new StoredFile
        {
            FileId = "file-" + id,
            KeyId = "alice",
            Purpose = "job",
            FileName = "job.jsonl",
        };
        var lines = pictures.Select(static picture =>
            new JsonObject
            {
                ["custom_id"] = picture,
                ["method"] = "POST",
                ["url"] = LineEndpoints.Native,
                ["picture"] = picture,
                ["body"] = new JsonObject { ["image"] = picture },
            }.ToJsonString()
        );
        await new FileKeep(shelf, Options.Create(new IntakeOptions()), _time).WriteAsync(
            file,
            new[] { new ReadOnlyMemory<byte>(Encoding.UTF8.GetBytes(string.Join('\n', lines))) }.ToAsyncEnumerable(),
            new FileRoom(1 << 20, null!),
            pictures.Length,
            Cancelled
        );
        await shelf.AddAsync(file, Cancelled);
        await book.AddAsync(
            new Job
            {
                JobId = id,
                KeyId = "alice",
                Endpoint = LineEndpoints.Native,
                InputFileId = file.FileId,
                CompletionWindow = "7d",
                State = JobState.InProgress,
                Total = pictures.Length,
                ExpiresAt = _time.GetUtcNow().AddDays(7).ToUnixTimeSeconds(),
            },
            Cancelled
        );
        for (int index = 0; index < captioned; index++)
        {
            await book.AddAsync(Captioned(id, index), Cancelled);
        }
    }

    private static JobItem Captioned(string id, int index) =>
        new()
        {
            JobId = id,
            Index = index,
            Succeeded = true,
            CostUsd = 1,
            Line = "{}",
        };

    private static async Task<string> ReadAsync(FileShelf shelf, string? file)
    {
        using var lines = new StreamReader(await shelf.OpenAsync(file!, Cancelled));
        return await lines.ReadToEndAsync(Cancelled);
    }

    private JobFinish Finish(JobBook book, FileShelf shelf, JobQueue? queue = null, TimeProvider? time = null) =>
        new(book, _store, queue!, shelf, new(null!, shelf, null!, _time), time ?? _time, NullLogger<JobFinish>.Instance);

    /// <summary>A clock; before somebody looks at it for the first time, something else happens.</summary>
    private sealed class Clock(TimeProvider time, Func<Task> happens) : TimeProvider
    {
        private bool _hasHappened;

        public override DateTimeOffset GetUtcNow()
        {
            if (!_hasHappened)
            {
                _hasHappened = true;
                Task.Run(happens, Cancelled).GetAwaiter().GetResult();
            }

            return time.GetUtcNow();
        }
    }

    /// <summary>Bytes in a folder; before something is done with them for the first time, something else happens.</summary>
    private sealed class Between(IFileBytes bytes, string during, Func<Task> happens) : IFileBytes
    {
        private bool _hasHappened;

        public async Task WriteAsync(string name, Func<Stream, Task> write, CancellationToken cancellationToken)
        {
            await AtAsync(nameof(WriteAsync));
            await bytes.WriteAsync(name, write, cancellationToken);
        }

        public Task<Stream> OpenAsync(string name, CancellationToken cancellationToken) => bytes.OpenAsync(name, cancellationToken);

        public Task<bool> ExistAsync(string name, CancellationToken cancellationToken) => bytes.ExistAsync(name, cancellationToken);

        public async Task RemoveAsync(string name, CancellationToken cancellationToken)
        {
            await AtAsync(nameof(RemoveAsync));
            await bytes.RemoveAsync(name, cancellationToken);
        }

        public Task<IReadOnlyList<string>> OldAsync(long before, CancellationToken cancellationToken) =>
            bytes.OldAsync(before, cancellationToken);

        public Task SweepAsync(long before, CancellationToken cancellationToken) => bytes.SweepAsync(before, cancellationToken);

        private async Task AtAsync(string place)
        {
            if (place == during && !_hasHappened)
            {
                _hasHappened = true;
                await happens();
            }
        }
    }
}
