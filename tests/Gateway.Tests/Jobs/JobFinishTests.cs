using ImageToText.Gateway.Jobs;
using ImageToText.Gateway.Jobs.Files;
using ImageToText.Gateway.Jobs.Running;
using ImageToText.Gateway.Jobs.Storage;
using ImageToText.Gateway.Jobs.Storage.Rows;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace ImageToText.Gateway.Tests.Jobs;

/// <summary>The end of a job that two gateways bring about.</summary>
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
        await shelf.AddAsync(
            new StoredFile
            {
                FileId = "file-input",
                KeyId = "alice",
                Purpose = "job",
                FileName = "job.jsonl",
            },
            Cancelled
        );
        await book.AddAsync(
            new Job
            {
                JobId = "job_1",
                KeyId = "alice",
                Endpoint = LineEndpoints.Native,
                InputFileId = "file-input",
                CompletionWindow = "7d",
                State = JobState.InProgress,
                Total = 2,
                ExpiresAt = _time.GetUtcNow().AddDays(7).ToUnixTimeSeconds(),
            },
            Cancelled
        );
        foreach (int index in (int[])[0, 1])
        {
            await book.AddAsync(
                new JobItem
                {
                    JobId = "job_1",
                    Index = index,
                    Succeeded = true,
                    CostUsd = 1,
                    Line = "{}",
                },
                Cancelled
            );
        }

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
        using var lines = new StreamReader(await shelf.OpenAsync(ended.OutputFileId!, Cancelled));
        Assert.Equal("{}\n{}\n", await lines.ReadToEndAsync(Cancelled));
        Assert.Null(ended.ErrorFileId);
    }

    private JobFinish Finish(JobBook book, FileShelf shelf) =>
        new(book, _store, null!, shelf, new(null!, shelf, _time), _time, NullLogger<JobFinish>.Instance);

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
