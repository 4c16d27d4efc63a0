using System.Diagnostics;
using System.Text.Json;
using ImageToText.Contracts.Accounts;
using ImageToText.Gateway.Dialects.OpenAi;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Jobs.Files;
using ImageToText.Gateway.Jobs.Quotes;
using ImageToText.Gateway.Jobs.Running;
using ImageToText.Gateway.Jobs.Storage;
using ImageToText.Gateway.Jobs.Storage.Rows;

namespace ImageToText.Gateway.Jobs.Batches;

/// <summary>Starts batches.</summary>
internal sealed class BatchStart(FileShelf shelf, JobBook book, PartRun parts, LineEndpoints endpoints, JobQuotes quotes, TimeProvider time)
{
    private const int MostMetadata = 16;
    private const int LongestMetadataName = 64;
    private const int LongestMetadataValue = 512;

    /// <summary>Starts a batch.</summary>
    /// <exception cref="RefusalException">400, 402, 404, 422 or 503: it can't be started so.</exception>
    public async Task<Job> StartAsync(KeyGrant caller, BatchBody body, CancellationToken cancellationToken)
    {
        string fileId = body.InputFileId is { Length: > 0 } given
            ? given
            : throw Refusals.BadRequest("'input_file_id' is missing: upload a file with POST /v1/files first.", "input_file_id");
        string path =
            body.Endpoint is { Length: > 0 } named && endpoints.IsOffered(named)
                ? named
                : throw Refusals.InvalidOption(
                    "endpoint",
                    $"'endpoint' must be one of {string.Join(", ", LineEndpoints.Offered.Where(endpoints.IsOffered))}."
                );
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

        var file = await shelf.FindAsync(caller.KeyId, fileId, cancellationToken) ?? throw Refusals.NoFile(fileId);
        if (file.Purpose != "batch")
        {
            throw Refusals.BadRequest("The file is the result of a batch: upload one with purpose batch.", "input_file_id");
        }

        var quote = await quotes.OfAsync(
            file,
            path == LineEndpoints.Offered[0] ? ChatForm.Completions : ChatForm.Responses,
            caller,
            cancellationToken
        );
        if (body.MaxCostUsd is { } most && !(quote?.MostUsd <= most))
        {
            throw Refusals.JobTooDear(most, quote?.MostUsd);
        }

        var now = time.GetUtcNow();
        bool canRun = file.FaultyLines < file.Lines;
        var job = new Job
        {
            JobId = JobIds.New(JobIds.Batch),
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
        await book.AddAsync(job, cancellationToken);
        if (canRun)
        {
            // Not cancelled with the request: the job is stored, so it runs.
            await parts.BeginAsync(job, CancellationToken.None);
        }

        return job;
    }
}
