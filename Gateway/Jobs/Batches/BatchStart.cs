using System.Diagnostics;
using System.Text.Json;
using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Jobs;
using ImageToText.Gateway.Dialects.OpenAi;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Jobs.Files;
using ImageToText.Gateway.Jobs.Quotes;
using ImageToText.Gateway.Jobs.Running;
using ImageToText.Gateway.Jobs.Storage.Rows;

namespace ImageToText.Gateway.Jobs.Batches;

/// <summary>Starts batches.</summary>
internal sealed class BatchStart(
    FileShelf shelf,
    FaultFile faults,
    JobStart start,
    LineEndpoints endpoints,
    JobQuotes quotes,
    TimeProvider time
)
{
    private const int MostMetadata = 16;
    private const int LongestMetadataName = 64;
    private const int LongestMetadataValue = 512;
    private const string OutputExpiry = "output_expires_after";

    /// <summary>Starts a batch.</summary>
    /// <exception cref="RefusalException">400, 402, 404, 422 or 503: it can't be started so.</exception>
    public async Task<Job> StartAsync(string id, KeyGrant caller, BatchBody body, CancellationToken cancellationToken)
    {
        string fileId = body.InputFileId is { Length: > 0 } given
            ? given
            : throw Refusals.BadRequest("'input_file_id' is missing: upload a file with POST /v1/files first.", "input_file_id");
        string path = Offered(body.Endpoint);
        var window = JobWindow.Read(body.CompletionWindow);
        if (
            body.Metadata is { } metadata
            && (
                metadata.Count > MostMetadata
                || metadata.Any(static entry => entry.Key.Length > LongestMetadataName || entry.Value.Length > LongestMetadataValue)
            )
        )
        {
            throw Refusals.InvalidOption(
                "metadata",
                "'metadata' may have 16 entries, with names of at most 64 and values of at most 512 characters."
            );
        }

        if (body.Others?.ContainsKey(OutputExpiry) == true)
        {
            throw Refusals.NoExpiry(OutputExpiry);
        }

        var file = await FindAsync(caller, fileId, cancellationToken);
        var quote = await QuoteAsync(file, path, caller, cancellationToken);
        if (body.MaxCostUsd is { } most && !(quote?.MostUsd <= most))
        {
            throw Refusals.JobTooDear(most, quote?.MostUsd);
        }

        var now = time.GetUtcNow();
        bool canRun = file.FaultyLines < file.Lines;
        var job = new Job
        {
            JobId = id,
            KeyId = caller.KeyId,
            Endpoint = path,
            InputFileId = fileId,
            CompletionWindow = body.CompletionWindow!,
            MetadataJson = body.Metadata is null ? null : JsonSerializer.Serialize(body.Metadata, JobJson.Default.DictionaryStringString),
            QuoteJson = quote is null ? null : JsonSerializer.Serialize(quote, JobJson.Default.JobQuote),
            TraceParent = Activity.Current?.Id,
            State = canRun ? JobState.Validating : JobState.Failed,
            Total = file.Lines,
            Failed = canRun ? 0 : file.Lines,
            CreatedAt = now.ToUnixTimeSeconds(),
            ExpiresAt = (now + window).ToUnixTimeSeconds(),
            EndedAt = canRun ? null : now.ToUnixTimeSeconds(),
        };
        job.ErrorFileId = canRun ? null : await faults.WriteAsync(job, file, cancellationToken);
        try
        {
            await start.BeginAsync(job, cancellationToken);
        }
        catch
        {
            await DropErrorsAsync(job);
            throw;
        }

        return job;
    }

    /// <summary>Says what the batch of a file would cost if it were started now.</summary>
    /// <param name="caller">The key that would pay.</param>
    /// <param name="fileId">The file.</param>
    /// <param name="endpoint">The path that its lines are for; null: chat completions.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="RefusalException">400, 402, 404 or 422: it could not be started so.</exception>
    public async Task<FileQuote> QuoteAsync(KeyGrant caller, string fileId, string? endpoint, CancellationToken cancellationToken)
    {
        string path = Offered(endpoint is { Length: > 0 } ? endpoint : LineEndpoints.Offered[0]);
        var file = await FindAsync(caller, fileId, cancellationToken);
        return new FileQuote(fileId, path, await QuoteAsync(file, path, caller, cancellationToken));
    }

    // A file of no batch would stay in the key's list, and count as its own.
    private async Task DropErrorsAsync(Job job)
    {
        if (job.ErrorFileId is not { } errors)
        {
            return;
        }

        try
        {
            await shelf.RemoveAsync(errors, CancellationToken.None);
        }
        catch (Exception failure) when (StoreRetry.Passes(failure))
        {
            // The caller is told of what failed first.
        }
    }

    private Task<JobQuote?> QuoteAsync(StoredFile file, string path, KeyGrant caller, CancellationToken cancellationToken) =>
        quotes.OfAsync(file, path == LineEndpoints.Offered[0] ? ChatForm.Completions : ChatForm.Responses, caller, cancellationToken);

    private string Offered(string? endpoint) =>
        endpoint is { Length: > 0 } named && endpoints.IsOffered(named)
            ? named
            : throw Refusals.InvalidOption(
                "endpoint",
                $"'endpoint' must be one of {string.Join(", ", LineEndpoints.Offered.Where(endpoints.IsOffered))}."
            );

    private async Task<StoredFile> FindAsync(KeyGrant caller, string fileId, CancellationToken cancellationToken)
    {
        var file = await shelf.FindAsync(caller.KeyId, fileId, cancellationToken) ?? throw Refusals.NoFile(fileId);
        return file.Purpose == "batch"
            ? file
            : throw Refusals.BadRequest("The file is the result of a batch: upload one with purpose batch.", "input_file_id");
    }
}
