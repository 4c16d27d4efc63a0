using System.Globalization;
using System.Text.Json;
using ImageToText.Contracts;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Jobs.Files;
using ImageToText.Gateway.Jobs.Storage;
using ImageToText.Gateway.Jobs.Storage.Rows;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Jobs.Running;

/// <summary>How an item's run ended.</summary>
internal enum ItemOutcome
{
    /// <summary>It has its result.</summary>
    Done,

    /// <summary>The budget is spent, so the job pauses.</summary>
    OutOfBudget,

    /// <summary>The job takes no more items.</summary>
    Stopped,
}

/// <summary>Runs one item until it has a result. It waits for room, and is tried again after a failure on our side.</summary>
internal sealed class ItemRun(
    JobBook book,
    JobKeys keys,
    LineRun line,
    FileShelf shelf,
    JobPlaces places,
    JobTelemetry telemetry,
    IOptions<JobOptions> options,
    TimeProvider time
)
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    /// <summary>The id of an item's requests: the same however often it is tried.</summary>
    public static string RequestIdOf(string jobId, int index) =>
        string.Create(CultureInfo.InvariantCulture, $"{jobId["batch_".Length..]}-{index}");

    /// <summary>Runs it.</summary>
    public async Task<ItemOutcome> RunAsync(Job job, int index, LinePlace place, CancellationToken cancellationToken)
    {
        int failures = 0;
        while (true)
        {
            LineAnswer answer;
            string? customId;
            using (await places.TakeAsync(cancellationToken))
            {
                (answer, customId) = await TryAsync(job, index, place, cancellationToken);
            }

            if (answer.IsOutOfBudget)
            {
                return ItemOutcome.OutOfBudget;
            }

            if (answer.MustWait || (answer.IsOurFault && failures < options.Value.Retries))
            {
                failures += answer.MustWait ? 0 : 1;
                var wait = answer.RetryAfter ?? FirstWait * (1 << Math.Min(failures, 4));
                await Task.Delay(wait < LongestWait ? wait : LongestWait, time, cancellationToken);
                if (!await GoesOnAsync(job.JobId, cancellationToken))
                {
                    return ItemOutcome.Stopped;
                }

                continue;
            }

            await KeepAsync(job, index, answer, customId, cancellationToken);
            return ItemOutcome.Done;
        }
    }

    /// <summary>Whether a job still takes items.</summary>
    public bool GoesOn(Job? job) =>
        job is { State: JobState.Validating or JobState.InProgress } && job.ExpiresAt > time.GetUtcNow().ToUnixTimeSeconds();

    private async Task<bool> GoesOnAsync(string jobId, CancellationToken cancellationToken) =>
        GoesOn(await book.FindAsync(jobId, cancellationToken));

    private async Task<(LineAnswer Answer, string? CustomId)> TryAsync(
        Job job,
        int index,
        LinePlace place,
        CancellationToken cancellationToken
    )
    {
        byte[] bytes = await ReadAsync(job.InputFileId, place, cancellationToken);
        var fault = RequestLine.Read(bytes, out var asked);
        fault = place.Fault != LineFault.None ? place.Fault : fault;
        if (fault != LineFault.None)
        {
            return (
                LineAnswer.Of(fault.Error(), string.Create(CultureInfo.InvariantCulture, $"Line {place.Number} {fault.Explain()}")),
                asked.CustomId
            );
        }

        if (asked.Url != job.Endpoint)
        {
            return (
                LineAnswer.Of(
                    ErrorCodeTable.NotFound,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"Line {place.Number} has another 'url' than the batch's endpoint: write \"{job.Endpoint}\"."
                    )
                ),
                asked.CustomId
            );
        }

        try
        {
            var caller = await keys.FindAsync(job.KeyId, cancellationToken);
            string requestId = RequestIdOf(job.JobId, index);
            return (await line.RunAsync(caller, requestId, job.Endpoint, bytes.AsMemory(asked.Body), cancellationToken), asked.CustomId);
        }
        catch (RefusalException refused)
        {
            var refusal = refused.Refusal;
            return (LineAnswer.Of(refusal.Status, refusal.Code, refusal.Message), asked.CustomId);
        }
    }

    private async Task<byte[]> ReadAsync(string fileId, LinePlace place, CancellationToken cancellationToken)
    {
        byte[] bytes = new byte[place.Length];
        await using var file = shelf.Open(fileId);
        file.Position = place.Offset;
        await file.ReadExactlyAsync(bytes, cancellationToken);
        return bytes;
    }

    private async Task KeepAsync(Job job, int index, LineAnswer answer, string? customId, CancellationToken cancellationToken)
    {
        string requestId = RequestIdOf(job.JobId, index);
        var result = new ResultLine("batch_req_" + requestId, customId, new ResultResponse(answer.Status, requestId, answer.Body), null);
        string? code = answer.Succeeded ? null : answer.Code ?? "error";
        await book.AddAsync(
            new JobItem
            {
                JobId = job.JobId,
                Index = index,
                Succeeded = answer.Succeeded,
                Code = code,
                CostUsd = answer.CostUsd,
                Line = JsonSerializer.Serialize(result, JobJson.Default.ResultLine),
                EndedAt = time.GetUtcNow().ToUnixTimeSeconds(),
            },
            cancellationToken
        );
        telemetry.Ended(code);
    }
}
