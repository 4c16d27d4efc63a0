using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Text.Json.Nodes;
using ImageToText.Client.Requests;
using ImageToText.Contracts.Jobs;

namespace ImageToText.Client.Batches;

/// <inheritdoc cref="IBatchClient"/>
internal sealed class BatchClient(GatewayCalls calls) : IBatchClient
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public async Task<string> UploadAsync(
        IAsyncEnumerable<Picture> pictures,
        CaptionOptions? options = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(pictures);
        using var lines = new PictureLines(pictures, options ?? new CaptionOptions());
        try
        {
            var file = await calls.ReadOnceAsync(
                () =>
                    calls.Make(
                        HttpMethod.Post,
                        "v1/files",
                        new MultipartFormDataContent { { new StringContent("batch"), "purpose" }, { lines, "file", "pictures.jsonl" } }
                    ),
                BatchJson.Default.UploadedFile,
                static answer => answer.Id is not null,
                Timeout.InfiniteTimeSpan,
                cancellationToken
            );
            return file.Id!;
        }
        catch (Exception) when (lines.CallersFailure is { } own)
        {
            // It would read as a broken connection.
            ExceptionDispatchInfo.Throw(own);
            throw;
        }
        catch (Exception cut) when (lines.Fault is { } fault)
        {
            // It comes out as a broken connection, or as a refusal of what was sent by then.
            throw new ArgumentException(fault, nameof(pictures), cut);
        }
    }

    /// <inheritdoc/>
    public async Task<JobQuote?> GetQuoteAsync(string fileId, CancellationToken cancellationToken = default)
    {
        string path = PathOf("v1/files", fileId, "/quote");
        var quoted = await calls.ReadAsync(
            () => calls.Get(path, ("endpoint", PictureLines.Endpoint)),
            BatchJson.Default.QuotedFile,
            static answer => answer.FileId is not null,
            cancellationToken
        );
        return quoted.Quote;
    }

    /// <inheritdoc/>
    public async Task<CaptionBatch> StartAsync(
        string fileId,
        decimal? maxCostUsd = null,
        string completionWindow = "24h",
        CancellationToken cancellationToken = default
    )
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(fileId);
        var body = new JsonObject
        {
            ["input_file_id"] = fileId,
            ["endpoint"] = PictureLines.Endpoint,
            ["completion_window"] = completionWindow,
        };
        if (maxCostUsd is { } most)
        {
            body["max_cost_usd"] = most;
        }

        var started = await calls.ReadOnceAsync(
            () => calls.Make(HttpMethod.Post, "v1/batches", JsonContent.Create(body, CaptionOptionsJson.Default.JsonObject)),
            BatchJson.Default.BatchFields,
            static answer => answer.IsWhole,
            calls.Patience,
            cancellationToken
        );
        return started.ToBatch();
    }

    /// <inheritdoc/>
    public async Task<CaptionBatch> GetAsync(string id, CancellationToken cancellationToken = default)
    {
        string path = PathOf("v1/batches", id);
        return await AskAsync(() => calls.Get(path), cancellationToken);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<CaptionBatch> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        string? after = null;
        while (true)
        {
            var page = await calls.ReadAsync(
                () => calls.Get("v1/batches", ("limit", "100"), ("after", after)),
                BatchJson.Default.BatchPage,
                static answer => answer.Data?.All(static batch => batch.IsWhole) == true,
                cancellationToken
            );
            foreach (var batch in page.Data!)
            {
                yield return batch.ToBatch();
            }

            if (!page.HasMore || page.Data.Count == 0)
            {
                yield break;
            }

            after = page.Data[^1].Id;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<CaptionBatch> WatchAsync(
        string id,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        CaptionBatch? told = null;
        while (true)
        {
            var batch = await GetAsync(id, cancellationToken);
            if (batch.HasEnded || batch != told)
            {
                yield return batch;
                told = batch;
            }

            if (batch.HasEnded)
            {
                yield break;
            }

            await Task.Delay(Look, calls.Time, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async Task<CaptionBatch> CancelAsync(string id, CancellationToken cancellationToken = default)
    {
        string path = PathOf("v1/batches", id, "/cancel");
        return await AskAsync(() => calls.Make(HttpMethod.Post, path), cancellationToken);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<BatchCaption> GetResultsAsync(
        string id,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        var batch = await GetAsync(id, cancellationToken);
        foreach (string file in ((string?[])[batch.OutputFileId, batch.ErrorFileId]).OfType<string>())
        {
            string path = PathOf("v1/files", file, "/content");
            await foreach (var line in calls.LinesAsync(() => calls.Get(path), BatchJson.Default.BatchLine, cancellationToken))
            {
                yield return await calls.GuardAsync(_ => Task.FromResult(line.ToCaption()), cancellationToken);
            }
        }
    }

    /// <inheritdoc/>
    public Task DeleteFileAsync(string fileId, CancellationToken cancellationToken = default)
    {
        string path = PathOf("v1/files", fileId);
        return calls.DeleteAsync(path, cancellationToken);
    }

    private static string PathOf(string kind, string id, string rest = "")
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(id);
        return $"{kind}/{Uri.EscapeDataString(id)}{rest}";
    }

    private async Task<CaptionBatch> AskAsync(Func<HttpRequestMessage> make, CancellationToken cancellationToken) =>
        (await calls.ReadAsync(make, BatchJson.Default.BatchFields, static answer => answer.IsWhole, cancellationToken)).ToBatch();
}
