using System.Text;
using System.Text.Json;
using ImageToText.Gateway.Dialects;
using ImageToText.Gateway.Jobs.Files;
using ImageToText.Gateway.Jobs.Storage;
using ImageToText.Gateway.Jobs.Storage.Rows;

namespace ImageToText.Gateway.Jobs.Native;

/// <summary>The results of our own jobs: captions first, then what failed; while a job runs, what is there by then.</summary>
internal sealed class NativeResults(JobBook book, FileShelf shelf, JobStoreGuard guard)
{
    /// <summary>Writes them as JSON lines.</summary>
    public async Task WriteAsync(HttpResponse response, Job job, CancellationToken cancellationToken)
    {
        response.ContentType = "application/jsonl";
        if (!job.HasEnded)
        {
            await guard.AskAsync(() =>
                book.ReadLinesAsync(
                    job.JobId,
                    async items =>
                    {
                        await foreach (var item in items.WithCancellation(cancellationToken))
                        {
                            if (item.IsUnwritten)
                            {
                                continue;
                            }

                            await response.Body.WriteAsync(Encoding.UTF8.GetBytes(item.Line + "\n"), cancellationToken);
                        }

                        return 0;
                    },
                    cancellationToken
                )
            );
            return;
        }

        foreach (string? file in (string?[])[job.OutputFileId, job.ErrorFileId])
        {
            if (file is not null && await shelf.ExistsAsync(file, cancellationToken))
            {
                await using var lines = await shelf.OpenAsync(file, cancellationToken);
                await lines.CopyToAsync(response.Body, cancellationToken);
            }
        }
    }

    /// <summary>The places of the pictures of an ended job that have a caption.</summary>
    public async Task<HashSet<int>> CaptionedAsync(Job job, CancellationToken cancellationToken)
    {
        var captioned = new HashSet<int>();
        if (job.OutputFileId is { } file)
        {
            using var lines = new StreamReader(await shelf.OpenAsync(file, cancellationToken));
            while (await lines.ReadLineAsync(cancellationToken) is { } line)
            {
                captioned.Add(JsonSerializer.Deserialize(line, PlainJson.Gateway.JobResult)!.Index);
            }
        }

        return captioned;
    }
}
