using System.Text.Json;
using ImageToText.Contracts;
using ImageToText.Contracts.Accounts;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Jobs.Files;
using ImageToText.Gateway.Jobs.Running;
using ImageToText.Gateway.Jobs.Storage;
using ImageToText.Gateway.Jobs.Storage.Rows;

namespace ImageToText.Gateway.Jobs.Batches;

/// <summary>A key's batches, as OpenAI's clients read them.</summary>
internal sealed class BatchService(
    BatchStart batches,
    StartOnce once,
    JobCancel cancel,
    JobBook book,
    ProgressCache counts,
    FileShelf shelf
)
{
    /// <summary>Starts a batch.</summary>
    /// <exception cref="RefusalException">400, 402, 404, 422 or 503: it can't be started so.</exception>
    public async Task<BatchObject> StartAsync(HttpContext http, KeyGrant caller, BatchBody body, CancellationToken cancellationToken)
    {
        var job = await once.RunAsync(
            http,
            JobIds.NewBare(),
            caller,
            () => JsonSerializer.Serialize(body, JobJson.Default.BatchBody),
            id => book.FindAsync(JobIds.Batch + id, cancellationToken),
            id => batches.StartAsync(JobIds.Batch + id, caller, body, cancellationToken),
            static started => JobIds.Bare(started.JobId)
        );
        return await ObjectOfAsync(job, cancellationToken);
    }

    /// <summary>A batch.</summary>
    /// <exception cref="RefusalException">404: the key has no such batch.</exception>
    public async Task<BatchObject> GetAsync(string keyId, string id, CancellationToken cancellationToken) =>
        await ObjectOfAsync(await FindAsync(keyId, id, cancellationToken), cancellationToken);

    /// <summary>Cancels a batch.</summary>
    /// <exception cref="RefusalException">404: the key has no such batch.</exception>
    public async Task<BatchObject> CancelAsync(string keyId, string id, CancellationToken cancellationToken)
    {
        var job = await FindAsync(keyId, id, cancellationToken);
        job = await cancel.RunAsync(job.JobId, cancellationToken) ?? throw Refusals.NoBatch(id);
        return await ObjectOfAsync(job, cancellationToken);
    }

    /// <summary>A page of batches, newest first.</summary>
    public async Task<BatchList> ListAsync(string keyId, string? after, int limit, CancellationToken cancellationToken)
    {
        var found = new List<BatchObject>();
        foreach (var job in await book.ListAsync(keyId, JobIds.Batch, after, limit + 1, cancellationToken))
        {
            found.Add(await ObjectOfAsync(job, cancellationToken));
        }

        BatchObject[] shown = [.. found.Take(limit)];
        return new BatchList("list", shown, shown.FirstOrDefault()?.Id, shown.LastOrDefault()?.Id, found.Count > limit);
    }

    private async Task<Job> FindAsync(string keyId, string id, CancellationToken cancellationToken) =>
        await book.FindAsync(id, cancellationToken) is { } job && job.KeyId == keyId && !JobIds.IsNative(id)
            ? job
            : throw Refusals.NoBatch(id);

    private async Task<BatchObject> ObjectOfAsync(Job job, CancellationToken cancellationToken)
    {
        var progress = await counts.OfAsync(job, cancellationToken);
        return new BatchObject(
            job.JobId,
            "batch",
            job.Endpoint,
            await ErrorsOfAsync(job, cancellationToken),
            job.InputFileId,
            job.CompletionWindow,
            JsonNamingPolicy.SnakeCaseLower.ConvertName(job.State.ToString()),
            job.OutputFileId,
            job.ErrorFileId,
            job.CreatedAt,
            job.StartedAt,
            job.ExpiresAt,
            job.FinalizingAt,
            EndOf(JobState.Completed),
            EndOf(JobState.Failed),
            EndOf(JobState.Expired),
            job.CancellingAt,
            EndOf(JobState.Cancelled),
            new BatchCounts(job.Total, progress.Completed, progress.Failed),
            job.MetadataJson is { } metadata ? JsonSerializer.Deserialize(metadata, JobJson.Default.DictionaryStringString) : null,
            job is { PauseReason: { } reason, PausedAt: { } since } ? new BatchPause(reason, since) : null,
            progress.CostUsd,
            job.QuoteJson is { } quote ? JsonSerializer.Deserialize(quote, JobJson.Default.JobQuote) : null
        );

        long? EndOf(JobState state) => job.State == state ? job.EndedAt : null;
    }

    // A batch fails as a whole only if none of its lines can be run, or they are gone. Then these are its errors.
    private async Task<BatchErrors?> ErrorsOfAsync(Job job, CancellationToken cancellationToken)
    {
        const int Most = 100;
        if (job.State != JobState.Failed)
        {
            return null;
        }

        if (!await shelf.KnowsAsync(job.InputFileId, cancellationToken))
        {
            return new BatchErrors(
                "list",
                [new BatchError(ErrorCodeTable.NotFound.Code, "The batch's input file is gone: upload it again.", null, null)]
            );
        }

        var places = await shelf.PlacesAsync(job.InputFileId, 0, Most, cancellationToken);
        return new BatchErrors(
            "list",
            [
                .. places.Select(static place => new BatchError(
                    place.Fault.Error().Code,
                    $"The line {place.Fault.Explain()}",
                    null,
                    place.Number
                )),
            ]
        );
    }
}
