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
/// <param name="IsStopped">Whether the job takes no more items.</param>
/// <param name="Lacks">
/// What it lacks, as a code: budget, a node, or the bucket or folder of its picture; or only room. Null: nothing.
/// </param>
/// <param name="RetryAfter">How long to wait for it; null: not said.</param>
internal readonly record struct ItemEnd(bool IsStopped = false, string? Lacks = null, TimeSpan? RetryAfter = null);

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
    TryCounts counts,
    JobTelemetry telemetry,
    IOptions<JobOptions> options,
    TimeProvider time
)
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(1);

    // Whoever waits for room longer than that leaves the queue to other jobs.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>The id of an item's requests: the same however often it is tried.</summary>
    public static string RequestIdOf(string jobId, int index) =>
        string.Create(CultureInfo.InvariantCulture, $"{JobIds.Bare(jobId)}-{index}");

    /// <summary>Runs it.</summary>
    /// <param name="job">The job.</param>
    /// <param name="index">The item's place in the job.</param>
    /// <param name="place">Where its line is.</param>
    /// <param name="unwritten">Its caption, if only the text file is missing; otherwise null.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<ItemEnd> RunAsync(Job job, int index, LinePlace place, JobItem? unwritten, CancellationToken cancellationToken)
    {
        if (unwritten is not null)
        {
            RequestLine.Read(await ReadAsync(job.InputFileId, place, cancellationToken), out var line);
            return await KeepAsync(job, unwritten, line, cancellationToken);
        }

        string requestId = RequestIdOf(job.JobId, index);
        var waited = TimeSpan.Zero;
        while (true)
        {
            LineAnswer answer;
            RequestLine asked;
            using (await places.TakeAsync(cancellationToken))
            using (TraceOf(job, index))
            {
                (answer, asked) = await TryAsync(job, requestId, place, cancellationToken);
            }

            if (answer.IsOutOfBudget || Refusals.IsOfPlace(answer.Code) || (answer.MustWait && !answer.IsBusy))
            {
                if (answer.Code == ErrorCodeTable.NoNode.Code)
                {
                    counts.Paused(requestId);
                }

                return new ItemEnd(Lacks: answer.Code, RetryAfter: answer.RetryAfter);
            }

            int failures = counts.Of(requestId).Failures;
            if (answer.IsBusy || (answer.IsOurFault && failures < options.Value.Retries))
            {
                if (!answer.IsBusy)
                {
                    counts.Failed(requestId);
                    failures++;
                }

                var pause = answer.RetryAfter ?? FirstWait * (1 << Math.Min(failures, 4));
                waited += answer.IsBusy ? pause : TimeSpan.Zero;
                if (waited > Patience)
                {
                    return new ItemEnd(Lacks: ErrorCodeTable.Overloaded.Code, RetryAfter: pause);
                }

                if (!await wait.PassesAsync(job.JobId, pause, cancellationToken))
                {
                    return new ItemEnd(IsStopped: true);
                }

                continue;
            }

            return await KeepAsync(job, ItemOf(job, index, asked, answer), asked, cancellationToken);
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
        string requestId,
        LinePlace place,
        CancellationToken cancellationToken
    )
    {
        byte[] bytes = await ReadAsync(job.InputFileId, place, cancellationToken);
        var fault = RequestLine.Read(bytes, out var asked);
        fault = place.Fault != LineFault.None ? place.Fault : fault;
        if (fault != LineFault.None)
        {
            return (LineAnswer.Of(fault, place.Number), asked);
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
            var tries = counts.Of(requestId);
            var item = new AdmittedItem(requestId, caller, options.Value.PriceFactor, pictures.Of(job), tries.Failures, tries.Pauses);
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

    private static JobItem ItemOf(Job job, int index, RequestLine asked, LineAnswer answer) =>
        new()
        {
            JobId = job.JobId,
            Index = index,
            Succeeded = answer.Succeeded,
            Code = answer.Succeeded ? null : answer.Code ?? "error",
            CostUsd = answer.CostUsd,
            Line = ResultLines.Of(job, index, asked, answer),
        };

    /// <summary>Stores the result, once the text file is written that belongs to it.</summary>
    private async Task<ItemEnd> KeepAsync(Job job, JobItem item, RequestLine asked, CancellationToken cancellationToken)
    {
        if (item.Succeeded && asked.Sidecar is { } sidecar)
        {
            string text = ResultLines.ResultOf(item).Result!.Text;
            var refusal = await sidecars.WriteAsync(job, sidecar, text, cancellationToken);
            item.Code = refusal?.Code;
            if (refusal is not null && !Refusals.IsOfPlace(refusal.Code))
            {
                var answer = LineAnswer.Of(refusal) with { CostUsd = item.CostUsd };
                item = ItemOf(job, item.Index, asked, answer);
            }
        }

        item.EndedAt = time.GetUtcNow().ToUnixTimeSeconds();
        await book.AddAsync(item, cancellationToken);
        counts.Forget(RequestIdOf(job.JobId, item.Index));
        if (item.IsUnwritten)
        {
            // The caption is kept, so that waiting for the place takes neither a node nor the queue.
            return new ItemEnd(Lacks: item.Code);
        }

        telemetry.Ended(item.Code);
        // Whoever lacks something has no result. So whatever this item's result is, the job waits no longer for what it lacked.
        if (job.PauseReason is not null)
        {
            await wait.OverAsync(job.JobId, cancellationToken);
        }

        return default;
    }
}
