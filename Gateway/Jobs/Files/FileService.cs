using ImageToText.Contracts.Accounts;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Jobs.Storage.Rows;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Jobs.Files;

/// <summary>A key's files, as OpenAI's clients read them.</summary>
internal sealed class FileService(FileUpload upload, FileShelf shelf, IOptions<JobOptions> options)
{
    /// <summary>Takes a file in.</summary>
    /// <exception cref="RefusalException">It can't be taken.</exception>
    public async Task<FileObject> UploadAsync(KeyGrant caller, HttpRequest request) => ObjectOf(await upload.TakeAsync(request, caller));

    /// <summary>A page of files, newest first unless told otherwise.</summary>
    public async Task<FileList> ListAsync(
        string keyId,
        string? purpose,
        string? after,
        int limit,
        bool oldestFirst,
        CancellationToken cancellationToken
    )
    {
        var files = await shelf.ListAsync(keyId, purpose, after, limit + 1, oldestFirst, cancellationToken);
        var shown = files.Take(limit).Select(ObjectOf).ToList();
        return new FileList("list", shown, shown.FirstOrDefault()?.Id, shown.LastOrDefault()?.Id, files.Count > limit);
    }

    /// <summary>A file's description.</summary>
    /// <exception cref="RefusalException">404: the key has no such file.</exception>
    public async Task<FileObject> GetAsync(string keyId, string id, CancellationToken cancellationToken) =>
        ObjectOf(await FindAsync(keyId, id, cancellationToken));

    /// <summary>A file's bytes.</summary>
    /// <exception cref="RefusalException">404: the key has no such file.</exception>
    public async Task<Stream> OpenAsync(string keyId, string id, CancellationToken cancellationToken) =>
        await shelf.OpenAsync((await FindAsync(keyId, id, cancellationToken)).FileId, cancellationToken);

    /// <summary>Deletes a file.</summary>
    /// <exception cref="RefusalException">404: the key has no such file; 409: a batch under way reads it.</exception>
    public async Task<FileDeleted> DeleteAsync(string keyId, string id, CancellationToken cancellationToken)
    {
        var file = await FindAsync(keyId, id, cancellationToken);
        return await shelf.RemoveUnneededAsync(file.FileId, cancellationToken)
            ? new FileDeleted(file.FileId, "file", true)
            : throw Refusals.FileInUse();
    }

    private async Task<StoredFile> FindAsync(string keyId, string id, CancellationToken cancellationToken) =>
        await shelf.FindAsync(keyId, id, cancellationToken) ?? throw Refusals.NoFile(id);

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
