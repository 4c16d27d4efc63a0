using System.Diagnostics;
using System.Globalization;
using ImageToText.Contracts;
using ImageToText.Gateway.Admission;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Jobs.Files;
using ImageToText.Gateway.Jobs.Native;
using ImageToText.Gateway.Jobs.Storage;
using ImageToText.Gateway.Jobs.Storage.Rows;
using ImageToText.Gateway.Telemetry;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Jobs.Running;

/// <summary>How an item's run ended.</summary>
internal enum ItemOutcome
{
    /// <summary>It has its result.</summary>
    Done,

    /// <summary>The budget is spent, so the job pauses.</summary>
    OutOfBudget,

    /// <summary>The bucket with its picture can't be reached, so the job pauses.</summary>
    LacksBucket,

    /// <summary>The job takes no more items.</summary>
    Stopped,
}

/// <summary>Runs one item until it has a result. It waits for room, and is tried again after a failure on our side.</summary>
internal sealed class ItemRun(
    JobBook book,
    JobKeys keys,
    LineRun line,
    FileShelf shelf,
    JobPictures pictures,
    JobPlaces places,
    ItemWait wait,
    ItemFile sidecars,
    JobTelemetry telemetry,
    IOptions<JobOptions> options,
    TimeProvider time
)
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(1);

    /// <summary>The id of an item's requests: the same however often it is tried.</summary>
    public static string RequestIdOf(string jobId, int index) =>
        string.Create(CultureInfo.InvariantCulture, $"{JobIds.Bare(jobId)}-{index}");

    /// <summary>Runs it.</summary>
    public async Task<ItemOutcome> RunAsync(Job job, int index, LinePlace place, CancellationToken cancellationToken)
    {
        int failures = 0;
        while (true)
        {
            LineAnswer answer;
            RequestLine asked;
            using (await places.TakeAsync(cancellationToken))
            using (TraceOf(job, index))
            {
                (answer, asked) = await TryAsync(job, index, place, cancellationToken);
            }

            if (answer.IsOutOfBudget)
            {
                return ItemOutcome.OutOfBudget;
            }

            if (answer.Code == ErrorCodeTable.BucketUnavailable.Code)
            {
                return ItemOutcome.LacksBucket;
            }

            if (answer.MustWait || (answer.IsOurFault && failures < options.Value.Retries))
            {
                failures += answer.MustWait ? 0 : 1;
                var pause = answer.RetryAfter ?? FirstWait * (1 << Math.Min(failures, 4));
                if (!await wait.PassesAsync(job.JobId, pause, cancellationToken))
                {
                    return ItemOutcome.Stopped;
                }

                continue;
            }

            if (answer.Succeeded && asked.Sidecar is { } sidecar)
            {
                answer = await sidecars.WriteAsync(job, sidecar, answer, cancellationToken);
            }

            await KeepAsync(job, index, answer, asked, cancellationToken);
            if (job.PauseReason == ErrorCodeTable.BucketUnavailable.Code)
            {
                await wait.OverAsync(job.JobId, cancellationToken);
            }

            return ItemOutcome.Done;
        }
    }

    // Each try of an item is a trace of its own, since a job may run for days. It links to the trace that started the job.
    private static Activity? TraceOf(Job job, int index)
    {
        Activity.Current = null;
        return GatewayTelemetry.Source.StartActivity(
            GatewayTelemetry.JobItem,
            ActivityKind.Internal,
            default(ActivityContext),
            [new(GatewayTelemetry.RequestId, RequestIdOf(job.JobId, index)), new(GatewayTelemetry.JobId, job.JobId)],
            ActivityContext.TryParse(job.TraceParent, null, isRemote: true, out var started) ? [new ActivityLink(started)] : null
        );
    }

    private async Task<(LineAnswer Answer, RequestLine Asked)> TryAsync(
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
                asked
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
                asked
            );
        }

        try
        {
            var caller = await keys.FindAsync(job.KeyId, cancellationToken);
            string requestId = RequestIdOf(job.JobId, index);
            var item = new AdmittedItem(requestId, caller, options.Value.PriceFactor, pictures.Of(job));
            return (await line.RunAsync(item, job.Endpoint, bytes.AsMemory(asked.Body), cancellationToken), asked);
        }
        catch (RefusalException refused)
        {
            return (LineAnswer.Of(refused.Refusal), asked);
        }
    }

    private async Task<byte[]> ReadAsync(string fileId, LinePlace place, CancellationToken cancellationToken)
    {
        await using var file = await shelf.OpenAsync(fileId, cancellationToken);
        return await place.ReadAsync(file, cancellationToken);
    }

    private async Task KeepAsync(Job job, int index, LineAnswer answer, RequestLine asked, CancellationToken cancellationToken)
    {
        string? code = answer.Succeeded ? null : answer.Code ?? "error";
        await book.AddAsync(
            new JobItem
            {
                JobId = job.JobId,
                Index = index,
                Succeeded = answer.Succeeded,
                Code = code,
                CostUsd = answer.CostUsd,
                Line = ResultLines.Of(job, index, asked, answer),
                EndedAt = time.GetUtcNow().ToUnixTimeSeconds(),
            },
            cancellationToken
        );
        telemetry.Ended(code);
    }
}
