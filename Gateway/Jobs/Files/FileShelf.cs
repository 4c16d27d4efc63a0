using ImageToText.Gateway.Jobs.Storage;
using ImageToText.Gateway.Jobs.Storage.Rows;
using Microsoft.EntityFrameworkCore;

namespace ImageToText.Gateway.Jobs.Files;

/// <summary>The files of jobs: their bytes in one place, everything else about them in the store.</summary>
internal sealed class FileShelf(JobStore store, IFileBytes bytes)
{
    private const int NamesAtOnce = 500;

    /// <summary>Writes a file's bytes, and the places of its lines.</summary>
    public Task WriteAsync(string fileId, Func<Stream, Stream, Task> write, CancellationToken cancellationToken) =>
        bytes.WriteAsync(
            NameOf(fileId),
            file => bytes.WriteAsync(IndexOf(fileId), index => write(file, index), cancellationToken),
            cancellationToken
        );

    /// <summary>Writes the bytes of a file that nobody reads by its lines.</summary>
    public Task WriteAsync(string fileId, Func<Stream, Task> write, CancellationToken cancellationToken) =>
        bytes.WriteAsync(NameOf(fileId), write, cancellationToken);

    /// <summary>Opens a file's bytes for reading.</summary>
    public Task<Stream> OpenAsync(string fileId, CancellationToken cancellationToken) => bytes.OpenAsync(NameOf(fileId), cancellationToken);

    /// <summary>Whether a file's bytes are there.</summary>
    public Task<bool> ExistsAsync(string fileId, CancellationToken cancellationToken) =>
        bytes.ExistAsync(NameOf(fileId), cancellationToken);

    /// <summary>Reads the places of a file's lines from <paramref name="first"/> on, at most <paramref name="count"/>.</summary>
    public async Task<LinePlace[]> PlacesAsync(string fileId, int first, int count, CancellationToken cancellationToken)
    {
        await using var index = await bytes.OpenAsync(IndexOf(fileId), cancellationToken);
        return await LineIndex.ReadAsync(index, first, count, cancellationToken);
    }

    /// <summary>One file of a key; null: it has none with this id.</summary>
    public Task<StoredFile?> FindAsync(string keyId, string fileId, CancellationToken cancellationToken) =>
        store.ReadAsync(
            db => db.Files.FirstOrDefaultAsync(row => row.FileId == fileId && row.KeyId == keyId, cancellationToken),
            cancellationToken
        );

    /// <summary>Files of a key, newest first, without those of our own jobs.</summary>
    public Task<List<StoredFile>> ListAsync(
        string keyId,
        string? purpose,
        string? after,
        int count,
        bool oldestFirst,
        CancellationToken cancellationToken
    ) =>
        store.ReadAsync(
            db =>
            {
                var files = db.Files.Where(row =>
                    row.KeyId == keyId && !row.Purpose.StartsWith("job") && (purpose == null || row.Purpose == purpose)
                );
                files = oldestFirst
                    ? files.Where(row => after == null || row.FileId.CompareTo(after) > 0).OrderBy(row => row.FileId)
                    : files.Where(row => after == null || row.FileId.CompareTo(after) < 0).OrderByDescending(row => row.FileId);
                return files.Take(count).ToListAsync(cancellationToken);
            },
            cancellationToken
        );

    /// <summary>The account that pays for the room of a file; null: none does.</summary>
    public Task<string?> AccountOfAsync(string fileId, CancellationToken cancellationToken) =>
        store.ReadAsync(
            db => db.Files.Where(row => row.FileId == fileId).Select(row => row.Account).FirstOrDefaultAsync(cancellationToken),
            cancellationToken
        );

    /// <summary>Adds a file whose bytes are in place; one that is already there stays as it is.</summary>
    public Task AddAsync(StoredFile file, CancellationToken cancellationToken) =>
        store.WriteAsync(
            async db =>
            {
                if (!await db.Files.AnyAsync(row => row.FileId == file.FileId, cancellationToken))
                {
                    db.Files.Add(file);
                }

                return 0;
            },
            cancellationToken
        );

    /// <summary>Whether a file is there: its entry, not its bytes, which may lie on a disk that is away.</summary>
    public Task<bool> KnowsAsync(string fileId, CancellationToken cancellationToken) =>
        store.ReadAsync(db => db.Files.AnyAsync(row => row.FileId == fileId, cancellationToken), cancellationToken);

    /// <summary>Removes a file, unless a job that has not ended reads it; false: one does.</summary>
    public async Task<bool> RemoveUnneededAsync(string fileId, CancellationToken cancellationToken)
    {
        bool isFree = await store.WriteAsync(
            async db =>
            {
                await db.HoldFileAsync(fileId, cancellationToken);
                if (await db.Jobs.AnyAsync(row => row.InputFileId == fileId && row.EndedAt == null, cancellationToken))
                {
                    return false;
                }

                await db.Files.Where(row => row.FileId == fileId).ExecuteDeleteAsync(cancellationToken);
                return true;
            },
            cancellationToken
        );
        if (isFree)
        {
            await DropAsync(fileId, cancellationToken);
        }

        return isFree;
    }

    /// <summary>Removes a file.</summary>
    public async Task RemoveAsync(string fileId, CancellationToken cancellationToken)
    {
        await store.WriteAsync(db => db.Files.Where(row => row.FileId == fileId).ExecuteDeleteAsync(cancellationToken), cancellationToken);
        await DropAsync(fileId, cancellationToken);
    }

    /// <summary>Removes what was written of a file that is not kept.</summary>
    public async Task DropAsync(string fileId, CancellationToken cancellationToken)
    {
        await bytes.RemoveAsync(NameOf(fileId), cancellationToken);
        await bytes.RemoveAsync(IndexOf(fileId), cancellationToken);
    }

    /// <summary>Removes what was begun before a time and never got its entry, since its gateway was killed.</summary>
    public async Task SweepAsync(long before, CancellationToken cancellationToken)
    {
        await bytes.SweepAsync(before, cancellationToken);
        foreach (string[] names in (await bytes.OldAsync(before, cancellationToken)).Chunk(NamesAtOnce))
        {
            string[] ids = [.. names.Select(static name => Path.GetFileNameWithoutExtension(name))];
            var known = await store.ReadAsync(
                db => db.Files.Where(row => ids.Contains(row.FileId)).Select(static row => row.FileId).ToHashSetAsync(cancellationToken),
                cancellationToken
            );
            foreach (string name in names.Where(name => !known.Contains(Path.GetFileNameWithoutExtension(name))))
            {
                await bytes.RemoveAsync(name, cancellationToken);
            }
        }
    }

    private static string NameOf(string fileId) => fileId + ".jsonl";

    private static string IndexOf(string fileId) => fileId + ".lines";
}
