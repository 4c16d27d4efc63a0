using System.Text;
using System.Text.Json;
using ImageToText.Gateway.Jobs.Files;
using ImageToText.Gateway.Jobs.Native;
using ImageToText.Gateway.Jobs.Storage;
using ImageToText.Gateway.Jobs.Storage.Rows;
using Microsoft.EntityFrameworkCore;

namespace ImageToText.Gateway.Jobs.Running;

/// <summary>Ends a job whose items all have results, which was cancelled, or whose time is over: writes its result files.</summary>
internal sealed partial class JobFinish(
    JobBook book,
    JobStore store,
    JobQueue queue,
    FileShelf shelf,
    BucketResults bucket,
    TimeProvider time,
    ILogger<JobFinish> logger
)
{
    private readonly StoreRetry _retry = new(time);

    /// <summary>Ends it. While the store or the disk fails, it tries again.</summary>
    public async Task RunAsync(string jobId, CancellationToken cancellationToken)
    {
        bool isDone = false;
        while (true)
        {
            await _retry.UntilDoneAsync(
                async stop => isDone = await TryAsync(jobId, stop),
                failure => Log.Failed(logger, jobId, failure.Message),
                cancellationToken
            );
            if (isDone)
            {
                return;
            }

            await Task.Delay(StoreRetry.Pause, time, cancellationToken);
        }
    }

    private async Task<bool> TryAsync(string jobId, CancellationToken cancellationToken)
    {
        var job = await book.FindAsync(jobId, cancellationToken);
        if (job is null or { HasEnded: true })
        {
            return true;
        }

        int count = await book.CountAsync(jobId, cancellationToken);
        bool isWhole = count >= job.Total;
        // A job that an earlier version left without its input can't go on.
        bool hasInput = await shelf.KnowsAsync(job.InputFileId, cancellationToken);
        bool isOver = job.CancellingAt is not null || job.ExpiresAt <= Now() || !hasInput;
        if (!isWhole && !isOver)
        {
            return true;
        }

        // Items under way may still get results, which belong into the files.
        if (!isWhole && await queue.HasPartsAsync(jobId, cancellationToken))
        {
            return false;
        }

        // The last of them may have ended since the count. None comes now, so fewer lines mean that another gateway ended the job.
        count = await book.CountAsync(jobId, cancellationToken);
        isWhole = count >= job.Total;
        job = await book.ChangeAsync(
            jobId,
            row =>
            {
                row.State = JobState.Finalizing;
                row.FinalizingAt ??= Now();
            },
            cancellationToken
        );
        // Another gateway may have ended it, and its files are not written again.
        if (job is null or { HasEnded: true })
        {
            return true;
        }

        try
        {
            var noted = WrittenResults.Of(job);
            var results =
                noted is not null && await AreThereAsync(noted.Files, cancellationToken)
                    ? noted
                    : await WriteAsync(job, isWhole, hasInput, count, cancellationToken);
            await EndAsync(job, results, isWhole, hasInput, cancellationToken);
        }
        catch (EndedElsewhereException)
        {
            // The other gateway's files stay as they are.
        }

        return true;
    }

    // Whoever owns the job may have deleted them while it waits for its bucket.
    private async Task<bool> AreThereAsync(IReadOnlyList<string> files, CancellationToken cancellationToken)
    {
        foreach (string file in files)
        {
            if (!await shelf.ExistsAsync(file, cancellationToken))
            {
                return false;
            }
        }

        return true;
    }

    private async Task<WrittenResults> WriteAsync(Job job, bool isWhole, bool hasInput, int count, CancellationToken cancellationToken)
    {
        var output = new ResultFile(JobResultFiles.IdOf(job, JobResultFiles.Output), JobResultFiles.Output);
        var errors = new ResultFile(JobResultFiles.IdOf(job, JobResultFiles.Errors), JobResultFiles.Errors);
        decimal cost = 0;
        var failed = new Dictionary<string, int>(StringComparer.Ordinal);
        var done = isWhole ? null : new HashSet<int>();
        await shelf.WriteAsync(
            output.Id,
            outputs =>
                shelf.WriteAsync(
                    errors.Id,
                    failures =>
                        book.ReadLinesAsync(
                            job.JobId,
                            async items =>
                            {
                                await foreach (var item in items.WithCancellation(cancellationToken))
                                {
                                    cost += item.CostUsd;
                                    done?.Add(item.Index);
                                    if (item.Code is { } code)
                                    {
                                        failed[code] = failed.GetValueOrDefault(code) + 1;
                                    }

                                    var (file, stream) = item.Code is null ? (output, outputs) : (errors, failures);
                                    string line = item.IsUnwritten ? ResultLines.Unwritten(item) : item.Line;
                                    await file.AddAsync(stream, line, cancellationToken);
                                }

                                errors.Ended = errors.Lines;
                                // The items go with the job's end, and neither file may become what is left of them.
                                if (output.Lines + errors.Lines < count)
                                {
                                    throw new EndedElsewhereException();
                                }

                                if (hasInput)
                                {
                                    await AddExpiredAsync(job, done, errors, failures, cancellationToken);
                                }

                                await outputs.FlushAsync(cancellationToken);
                                await failures.FlushAsync(cancellationToken);
                                return 0;
                            },
                            cancellationToken
                        ),
                    cancellationToken
                ),
            cancellationToken
        );
        string? account = await shelf.AccountOfAsync(job.InputFileId, cancellationToken);
        foreach (var file in (ResultFile[])[output, errors])
        {
            if (file.Lines > 0)
            {
                await shelf.AddAsync(JobResultFiles.Of(job, file.Name, account, file.Bytes, file.Lines, Now()), cancellationToken);
            }
            else
            {
                await shelf.DropAsync(file.Id, cancellationToken);
            }
        }

        return new WrittenResults(
            output.Lines,
            errors.Ended,
            cost,
            failed.Count > 0 ? JsonSerializer.Serialize(failed, JobJson.Default.DictionaryStringInt32) : null,
            output.Lines > 0 ? output.Id : null,
            errors.Lines > 0 ? errors.Id : null
        );
    }

    private async Task EndAsync(Job job, WrittenResults results, bool isWhole, bool hasInput, CancellationToken cancellationToken)
    {
        var end = await bucket.WriteAsync(job, results.Files, cancellationToken);
        if (end.Pause is { } pause)
        {
            // Meanwhile other jobs have the queue, and the files are not written again.
            await book.ChangeAsync(job.JobId, results.Note, cancellationToken);
            await queue.AddAsync(job.JobId, JobQueue.Finish, pause, again: true, cancellationToken);
            return;
        }

        // It has not ended before its results are where they belong.
        long now = Now();
        await store.WriteAsync(
            async db =>
            {
                // Of two gateways that got here, the database lets one through.
                int claimed = await db
                    .Jobs.Where(row => row.JobId == job.JobId && row.EndedAt == null)
                    .ExecuteUpdateAsync(row => row.SetProperty(static ended => ended.EndedAt, now), cancellationToken);
                if (claimed == 0)
                {
                    return 0;
                }

                var row = await db.Jobs.FirstAsync(row => row.JobId == job.JobId, cancellationToken);
                row.State =
                    row.CancellingAt is not null ? JobState.Cancelled
                    : isWhole ? JobState.Completed
                    : hasInput ? JobState.Expired
                    : JobState.Failed;
                results.Note(row);
                row.PauseReason = null;
                row.PausedAt = null;
                row.NativeJson = end.Fault is null ? row.NativeJson : (NativeAsk.Of(row) with { ResultsFault = end.Fault }).ToJson();
                row.WebhookDueAt = NativeAsk.Of(row).Webhook is null ? null : now;
                // The files have it all.
                await db.Items.Where(item => item.JobId == job.JobId).ExecuteDeleteAsync(cancellationToken);
                return 0;
            },
            cancellationToken
        );
    }

    // What was never tried because the time was over is named, too.
    private async Task AddExpiredAsync(Job job, HashSet<int>? done, ResultFile errors, Stream stream, CancellationToken cancellationToken)
    {
        if (done is null || job.CancellingAt is not null)
        {
            return;
        }

        await using var input = await shelf.OpenAsync(job.InputFileId, cancellationToken);
        var places = await shelf.PlacesAsync(job.InputFileId, 0, job.Total, cancellationToken);
        for (int index = 0; index < places.Length; index++)
        {
            if (done.Contains(index))
            {
                continue;
            }

            RequestLine.Read(await places[index].ReadAsync(input, cancellationToken), out var asked);
            await errors.AddAsync(stream, ResultLines.Expired(job, index, places[index].Number, asked), cancellationToken);
        }
    }

    private long Now() => time.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>A file that is being written.</summary>
    private sealed class ResultFile(string id, string name)
    {
        public string Id { get; } = id;

        public string Name { get; } = name;

        public int Lines { get; private set; }

        public long Bytes { get; private set; }

        /// <summary>Lines of items that were tried.</summary>
        public int Ended { get; set; }

        public async Task AddAsync(Stream stream, string line, CancellationToken cancellationToken)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(line + "\n");
            await stream.WriteAsync(bytes, cancellationToken);
            Lines++;
            Bytes += bytes.Length;
        }
    }

    /// <summary>Another gateway ended the job meanwhile.</summary>
    private sealed class EndedElsewhereException : Exception;

    private static partial class Log
    {
        [LoggerMessage(2602, LogLevel.Warning, "Job {JobId} can't be ended yet and is tried again: {Reason}")]
        public static partial void Failed(ILogger logger, string jobId, string reason);
    }
}
