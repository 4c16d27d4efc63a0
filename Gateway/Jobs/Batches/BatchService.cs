using System.Text.Json;
using ImageToText.Contracts.Accounts;
using ImageToText.Gateway.Admission;
using ImageToText.Gateway.Dialects;
using ImageToText.Gateway.Dialects.Native;
using ImageToText.Gateway.Dialects.OpenAi;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Jobs.Files;
using ImageToText.Gateway.Jobs.Storage;
using ImageToText.Gateway.Jobs.Storage.Rows;

namespace ImageToText.Gateway.Jobs.Batches;

/// <summary>The routes of batches, as OpenAI's clients call them.</summary>
internal sealed class BatchEndpoints(
    CaptionEndpoint endpoint,
    OpenAiDialect dialect,
    RequestAuthorizer authorizer,
    BatchStart batches,
    JobBook book,
    FileShelf shelf,
    JobStoreGuard guard
)
{
    /// <summary>POST /v1/batches.</summary>
    public Task StartAsync(HttpContext http) =>
        AnswerAsync(
            http,
            authorizer.AdmitAsync,
            async caller =>
            {
                var body = await JsonRoutes.ReadAsync(http, JobJson.Default.BatchBody);
                return await batches.StartAsync(caller, body, http.RequestAborted);
            }
        );

    /// <summary>GET /v1/batches/{id}.</summary>
    public Task GetAsync(HttpContext http, string id) => AnswerAsync(http, authorizer.IdentifyAsync, caller => FindAsync(http, caller, id));

    /// <summary>POST /v1/batches/{id}/cancel.</summary>
    public Task CancelAsync(HttpContext http, string id) =>
        AnswerAsync(
            http,
            authorizer.IdentifyAsync,
            async caller =>
            {
                var job = await FindAsync(http, caller, id);
                return await batches.CancelAsync(job.JobId, http.RequestAborted) ?? throw Refusals.NoBatch(id);
            }
        );

    /// <summary>GET /v1/batches.</summary>
    public Task ListAsync(HttpContext http) =>
        endpoint.GuardAsync(
            http,
            dialect,
            async _ =>
            {
                var caller = await authorizer.IdentifyAsync(http);
                int limit = FileEndpoints.Limit(http, 20, 100);
                string? after = http.Request.Query["after"] is { Count: > 0 } given ? given.ToString() : null;
                var shown = await guard.AskAsync(async () =>
                {
                    var objects = new List<BatchObject>();
                    foreach (var job in await book.ListAsync(caller.KeyId, after, limit + 1, http.RequestAborted))
                    {
                        objects.Add(await ObjectOfAsync(job, http.RequestAborted));
                    }

                    return objects;
                });
                bool hasMore = shown.Count > limit;
                shown = [.. shown.Take(limit)];
                await http.Response.WriteAsJsonAsync(
                    new BatchList("list", shown, shown.FirstOrDefault()?.Id, shown.LastOrDefault()?.Id, hasMore),
                    JobJson.Default.BatchList,
                    cancellationToken: http.RequestAborted
                );
            }
        );

    private Task AnswerAsync(HttpContext http, Func<HttpContext, ValueTask<KeyGrant>> admit, Func<KeyGrant, Task<Job>> answer) =>
        endpoint.GuardAsync(
            http,
            dialect,
            async _ =>
            {
                var caller = await admit(http);
                var batch = await guard.AskAsync(async () => await ObjectOfAsync(await answer(caller), http.RequestAborted));
                await http.Response.WriteAsJsonAsync(batch, JobJson.Default.BatchObject, cancellationToken: http.RequestAborted);
            }
        );

    private async Task<Job> FindAsync(HttpContext http, KeyGrant caller, string id) =>
        await book.FindAsync(id, http.RequestAborted) is { } job && job.KeyId == caller.KeyId ? job : throw Refusals.NoBatch(id);

    private async Task<BatchObject> ObjectOfAsync(Job job, CancellationToken cancellationToken)
    {
        var progress = await book.ProgressAsync(job, cancellationToken);
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

    // A batch fails as a whole only if none of its lines can be run. Then these are its errors.
    private async Task<BatchErrors?> ErrorsOfAsync(Job job, CancellationToken cancellationToken)
    {
        const int Most = 100;
        if (job.State != JobState.Failed || !File.Exists(shelf.IndexOf(job.InputFileId)))
        {
            return null;
        }

        var places = await LineIndex.ReadAsync(shelf.IndexOf(job.InputFileId), 0, Most, cancellationToken);
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
