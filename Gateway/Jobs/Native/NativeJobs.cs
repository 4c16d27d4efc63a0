using System.Diagnostics;
using System.Text.Json;
using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Jobs;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Intake;
using ImageToText.Gateway.Jobs.Files;
using ImageToText.Gateway.Jobs.Running;
using ImageToText.Gateway.Jobs.Storage;
using ImageToText.Gateway.Jobs.Storage.Rows;

namespace ImageToText.Gateway.Jobs.Native;

/// <summary>Starts our own jobs, finds them, starts them again, and removes them.</summary>
internal sealed class NativeJobs(
    PictureIntake intake,
    NativeAskReader reader,
    NativeQuotes quotes,
    NativeInput input,
    NativeResults results,
    JobBook book,
    JobCancel cancel,
    FileShelf shelf,
    FileQuota quota,
    JobStart start,
    StartOnce once,
    JobStoreGuard guard,
    TimeProvider time
)
{
    /// <summary>Says what a job will cost.</summary>
    /// <exception cref="RefusalException">400, 402, 403, 404, 413, 415, 422 or 503: it could not be started so.</exception>
    public async Task<JobQuote> QuoteAsync(HttpRequest request, KeyGrant caller, CancellationToken cancellationToken)
    {
        using var json = await ReadAsync(request, caller);
        var asked = reader.Read(json);
        return await quotes.OfAsync(asked, caller, cancellationToken)
            ?? throw new RefusalException(Refusals.NoNode(asked.Fields.ModelId ?? "the default model"));
    }

    /// <summary>Starts a job.</summary>
    /// <exception cref="RefusalException">400, 402, 403, 404, 413, 415, 422, 503 or 507: it can't be started so.</exception>
    public async Task<Job> StartAsync(HttpRequest request, KeyGrant caller, CancellationToken cancellationToken)
    {
        using var json = await ReadAsync(request, caller);
        return await OnceAsync(
            request.HttpContext,
            caller,
            () => json.Root.GetRawText(),
            id => StartAsync(id, json, caller, cancellationToken)
        );
    }

    /// <summary>Starts a job with the pictures that another one left without a caption.</summary>
    /// <exception cref="RefusalException">404, 409, 413, 422 or 507: it can't be started so.</exception>
    public Task<Job> RetryAsync(string id, HttpContext http, KeyGrant caller, CancellationToken cancellationToken)
    {
        MustCaption(caller);
        return OnceAsync(http, caller, static () => "", retry => RetryAsync(id, retry, caller, cancellationToken));
    }

    /// <summary>A job of the caller.</summary>
    /// <exception cref="RefusalException">404: there is none.</exception>
    public Task<Job> FindAsync(string id, KeyGrant caller, CancellationToken cancellationToken) =>
        guard.AskAsync(() => GetAsync(id, caller, cancellationToken));

    /// <summary>What the files of the caller take.</summary>
    public Task<JobStorage> StorageAsync(KeyGrant caller, CancellationToken cancellationToken) =>
        guard.AskAsync(() => quota.OfAsync(caller, cancellationToken));

    /// <summary>Jobs of the caller, newest first.</summary>
    public Task<List<Job>> ListAsync(KeyGrant caller, string? after, int count, CancellationToken cancellationToken) =>
        guard.AskAsync(() => book.ListAsync(caller.KeyId, JobIds.Native, after, count, cancellationToken));

    /// <summary>Cancels a job; one that has ended stays as it is.</summary>
    /// <exception cref="RefusalException">404: there is none.</exception>
    public Task<Job> CancelAsync(string id, KeyGrant caller, CancellationToken cancellationToken) =>
        guard.AskAsync(async () =>
        {
            await GetAsync(id, caller, cancellationToken);
            return await cancel.RunAsync(id, cancellationToken) ?? throw Refusals.NoJob(id);
        });

    /// <summary>Removes a job that has ended, with its files.</summary>
    /// <exception cref="RefusalException">404: there is none; 409: it has not ended.</exception>
    public Task<bool> RemoveAsync(string id, KeyGrant caller, CancellationToken cancellationToken) =>
        guard.AskAsync(async () =>
        {
            var job = Ended(await GetAsync(id, caller, cancellationToken));
            foreach (string? file in (string?[])[job.InputFileId, job.OutputFileId, job.ErrorFileId])
            {
                if (file is not null)
                {
                    await shelf.RemoveAsync(file, cancellationToken);
                }
            }

            await book.RemoveAsync(id, cancellationToken);
            return true;
        });

    private async Task<Job> StartAsync(string id, JsonUpload json, KeyGrant caller, CancellationToken cancellationToken)
    {
        var asked = reader.Read(json);
        JobQuote? quote = null;
        if (asked.MaxCostUsd is { } most)
        {
            // Listed once, so that what is quoted is what is captioned.
            var listed = await asked.Pictures.ToListAsync(cancellationToken);
            asked = asked with { Pictures = listed.ToAsyncEnumerable() };
            quote = await quotes.OfAsync(asked, caller, cancellationToken);
            if (!(quote?.MostUsd <= most))
            {
                throw Refusals.JobTooDear(most, quote?.MostUsd);
            }
        }

        return await guard.AskAsync(async () =>
            await BeginAsync(
                id,
                await input.WriteAsync(caller, asked, cancellationToken),
                asked.Ask,
                asked.Window,
                quote,
                cancellationToken
            )
        );
    }

    private Task<Job> RetryAsync(string id, string retry, KeyGrant caller, CancellationToken cancellationToken) =>
        guard.AskAsync(async () =>
        {
            var before = Ended(await GetAsync(id, caller, cancellationToken));
            if (!await shelf.ExistsAsync(before.InputFileId, cancellationToken))
            {
                throw Refusals.NoJob(id);
            }

            var captioned = await results.CaptionedAsync(before, cancellationToken);
            if (captioned.Count >= before.Total)
            {
                throw Refusals.InvalidOption("id", "Each picture of the job has its caption: there is nothing to try again.");
            }

            var file = await input.WriteAsync(caller, before, captioned, cancellationToken);
            return await BeginAsync(
                retry,
                file,
                NativeAsk.Of(before).ForRetry(id, retry),
                before.CompletionWindow,
                null,
                cancellationToken
            );
        });

    private Task<Job> OnceAsync(HttpContext http, KeyGrant caller, Func<string> asked, Func<string, Task<Job>> begin) =>
        once.RunAsync(
            http,
            JobIds.NewBare(),
            caller,
            asked,
            id => guard.AskAsync(() => book.FindAsync(JobIds.Native + id, http.RequestAborted)),
            id => begin(JobIds.Native + id),
            static started => JobIds.Bare(started.JobId)
        );

    private static void MustCaption(KeyGrant caller)
    {
        if (!caller.Scopes.Contains(KeyScope.Caption))
        {
            throw Refusals.WrongScope("caption");
        }
    }

    private async Task<JsonUpload> ReadAsync(HttpRequest request, KeyGrant caller)
    {
        MustCaption(caller);
        return request.HasJsonContentType()
            ? await intake.ReadJsonAsync(request)
            : throw Refusals.UnsupportedContentType(request.ContentType, "application/json");
    }

    private static Job Ended(Job job) => job.HasEnded ? job : throw Refusals.JobUnderWay();

    private async Task<Job> GetAsync(string id, KeyGrant caller, CancellationToken cancellationToken) =>
        JobIds.IsNative(id) && await book.FindAsync(id, cancellationToken) is { } job && job.KeyId == caller.KeyId
            ? job
            : throw Refusals.NoJob(id);

    private async Task<Job> BeginAsync(
        string id,
        StoredFile file,
        NativeAsk ask,
        string window,
        JobQuote? quote,
        CancellationToken cancellationToken
    )
    {
        var now = time.GetUtcNow();
        var job = new Job
        {
            JobId = id,
            KeyId = file.KeyId,
            Endpoint = LineEndpoints.Native,
            InputFileId = file.FileId,
            CompletionWindow = window,
            NativeJson = ask.ToJson(),
            QuoteJson = quote is null ? null : JsonSerializer.Serialize(quote, JobJson.Default.JobQuote),
            TraceParent = Activity.Current?.Id,
            State = JobState.Validating,
            Total = file.Lines,
            CreatedAt = now.ToUnixTimeSeconds(),
            ExpiresAt = (now + JobWindow.Read(window)).ToUnixTimeSeconds(),
        };
        await start.BeginAsync(job, cancellationToken);
        return job;
    }
}
