using System.Globalization;
using ImageToText.Contracts.Accounts;
using ImageToText.Gateway.Admission;
using ImageToText.Gateway.Dialects;
using ImageToText.Gateway.Dialects.OpenAi;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Jobs.Storage.Rows;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Jobs.Files;

/// <summary>The routes of files, as OpenAI's clients call them.</summary>
internal sealed class FileEndpoints(
    CaptionEndpoint endpoint,
    OpenAiDialect dialect,
    RequestAuthorizer authorizer,
    FileUpload upload,
    FileShelf shelf,
    JobStoreGuard guard,
    IOptions<JobOptions> options
)
{
    /// <summary>POST /v1/files.</summary>
    public Task UploadAsync(HttpContext http) =>
        AnswerAsync(http, authorizer.AdmitAsync, async caller => Write(http, ObjectOf(await upload.TakeAsync(http.Request, caller.KeyId))));

    /// <summary>GET /v1/files.</summary>
    public Task ListAsync(HttpContext http) =>
        AnswerAsync(
            http,
            authorizer.IdentifyAsync,
            async caller =>
            {
                int limit = Limit(http, 10_000, 10_000);
                var query = http.Request.Query;
                bool oldestFirst = query["order"] == "asc";
                string? purpose = query["purpose"] is { Count: > 0 } asked ? asked.ToString() : null;
                string? after = query["after"] is { Count: > 0 } given ? given.ToString() : null;
                var files = await shelf.ListAsync(caller.KeyId, purpose, after, limit + 1, oldestFirst, http.RequestAborted);
                bool hasMore = files.Count > limit;
                var shown = files.Take(limit).Select(ObjectOf).ToList();
                return http.Response.WriteAsJsonAsync(
                    new FileList("list", shown, shown.FirstOrDefault()?.Id, shown.LastOrDefault()?.Id, hasMore),
                    JobJson.Default.FileList,
                    cancellationToken: http.RequestAborted
                );
            }
        );

    /// <summary>GET /v1/files/{id}.</summary>
    public Task GetAsync(HttpContext http, string id) =>
        AnswerAsync(http, authorizer.IdentifyAsync, async caller => Write(http, ObjectOf(await FindAsync(http, caller, id))));

    /// <summary>GET /v1/files/{id}/content.</summary>
    public Task ContentAsync(HttpContext http, string id) =>
        AnswerAsync(
            http,
            authorizer.IdentifyAsync,
            async caller =>
            {
                var file = await FindAsync(http, caller, id);
                await using var bytes = shelf.Open(file.FileId);
                http.Response.ContentType = "application/jsonl";
                http.Response.ContentLength = bytes.Length;
                await bytes.CopyToAsync(http.Response.Body, http.RequestAborted);
                return Task.CompletedTask;
            }
        );

    /// <summary>DELETE /v1/files/{id}.</summary>
    public Task DeleteAsync(HttpContext http, string id) =>
        AnswerAsync(
            http,
            authorizer.IdentifyAsync,
            async caller =>
            {
                var file = await FindAsync(http, caller, id);
                if (await shelf.IsNeededAsync(file.FileId, http.RequestAborted))
                {
                    throw Refusals.FileInUse();
                }

                await shelf.RemoveAsync(file.FileId, http.RequestAborted);
                return http.Response.WriteAsJsonAsync(
                    new FileDeleted(file.FileId, "file", true),
                    JobJson.Default.FileDeleted,
                    cancellationToken: http.RequestAborted
                );
            }
        );

    /// <summary>The page size asked for.</summary>
    /// <exception cref="RefusalException">422: it is none.</exception>
    public static int Limit(HttpContext http, int usual, int most) =>
        http.Request.Query["limit"].ToString() is not { Length: > 0 } text ? usual
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int limit) && limit >= 1 && limit <= most ? limit
        : throw Refusals.InvalidOption("limit", string.Create(CultureInfo.InvariantCulture, $"'limit' must be 1 to {most}."));

    private Task AnswerAsync(HttpContext http, Func<HttpContext, ValueTask<KeyGrant>> admit, Func<KeyGrant, Task<Task>> answer) =>
        endpoint.GuardAsync(
            http,
            dialect,
            async _ =>
            {
                var caller = await admit(http);
                await await guard.AskAsync(() => answer(caller));
            }
        );

    private async Task<StoredFile> FindAsync(HttpContext http, KeyGrant caller, string id) =>
        await shelf.FindAsync(caller.KeyId, id, http.RequestAborted) ?? throw Refusals.NoFile(id);

    private static Task Write(HttpContext http, FileObject file) =>
        http.Response.WriteAsJsonAsync(file, JobJson.Default.FileObject, cancellationToken: http.RequestAborted);

    private FileObject ObjectOf(StoredFile file) =>
        new(
            file.FileId,
            "file",
            file.Bytes,
            file.CreatedAt,
            file.CreatedAt + (long)options.Value.Retention.TotalSeconds,
            file.FileName,
            file.Purpose,
            "processed",
            file.StatusDetails
        );
}
