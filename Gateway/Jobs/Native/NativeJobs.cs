using System.Diagnostics;
using ImageToText.Contracts.Accounts;
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
    NativeInput input,
    NativeResults results,
    JobBook book,
    JobCancel cancel,
    FileShelf shelf,
    PartRun parts,
    JobStoreGuard guard,
    TimeProvider time
)
{
    /// <summary>Starts a job.</summary>
    /// <exception cref="RefusalException">400, 403, 404, 413, 415, 422 or 507: it can't be started so.</exception>
    public async Task<Job> StartAsync(HttpRequest request, KeyGrant caller, CancellationToken cancellationToken)
    {
        MustCaption(caller);
        if (!request.HasJsonContentType())
        {
            throw Refusals.UnsupportedContentType(request.ContentType, "application/json");
        }

        using var json = await intake.ReadJsonAsync(request);
        var asked = reader.Read(json);
        return await guard.AskAsync(async () =>
            await BeginAsync(await input.WriteAsync(caller.KeyId, asked, cancellationToken), asked.Ask, asked.Window, cancellationToken)
        );
    }

    /// <summary>Starts a job with the pictures that another one left without a caption.</summary>
    /// <exception cref="RefusalException">404, 409, 413, 422 or 507: it can't be started so.</exception>
    public Task<Job> RetryAsync(string id, KeyGrant caller, CancellationToken cancellationToken)
    {
        MustCaption(caller);
        return guard.AskAsync(async () =>
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

            var file = await input.WriteAsync(before, captioned, cancellationToken);
            return await BeginAsync(file, NativeAsk.Of(before) with { RetryOf = id }, before.CompletionWindow, cancellationToken);
        });
    }

    /// <summary>A job of the caller.</summary>
    /// <exception cref="RefusalException">404: there is none.</exception>
    public Task<Job> FindAsync(string id, KeyGrant caller, CancellationToken cancellationToken) =>
        guard.AskAsync(() => GetAsync(id, caller, cancellationToken));

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

    private static void MustCaption(KeyGrant caller)
    {
        if (!caller.Scopes.Contains(KeyScope.Caption))
        {
            throw Refusals.WrongScope("caption");
        }
    }

    private static Job Ended(Job job) => job.HasEnded ? job : throw Refusals.JobUnderWay();

    private async Task<Job> GetAsync(string id, KeyGrant caller, CancellationToken cancellationToken) =>
        JobIds.IsNative(id) && await book.FindAsync(id, cancellationToken) is { } job && job.KeyId == caller.KeyId
            ? job
            : throw Refusals.NoJob(id);

    private async Task<Job> BeginAsync(StoredFile file, NativeAsk ask, string window, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var job = new Job
        {
            JobId = JobIds.New(JobIds.Native),
            KeyId = file.KeyId,
            Endpoint = LineEndpoints.Native,
            InputFileId = file.FileId,
            CompletionWindow = window,
            NativeJson = ask.ToJson(),
            TraceParent = Activity.Current?.Id,
            State = JobState.Validating,
            Total = file.Lines,
            CreatedAt = now.ToUnixTimeSeconds(),
            ExpiresAt = (now + JobWindow.Read(window)).ToUnixTimeSeconds(),
        };
        await book.AddAsync(job, cancellationToken);
        // Not cancelled with the request: the job is stored, so it runs.
        await parts.BeginAsync(job, CancellationToken.None);
        return job;
    }
}
