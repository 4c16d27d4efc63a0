using ImageToText.Gateway.Jobs.Storage;
using ImageToText.Gateway.Jobs.Storage.Rows;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Jobs.Files;

/// <summary>The files of jobs: bytes in a folder, everything else about them in the store.</summary>
internal sealed class FileShelf(JobStore store, IOptions<JobOptions> options, GatewayIdentity identity)
{
    // ENOSPC and EDQUOT on Linux and macOS, ERROR_DISK_FULL on Windows.
    private static readonly int[] Full = [28, 122, 69, unchecked((int)0x80070070)];

    private readonly string _folder = Path.GetFullPath(options.Value.Directory ?? Path.Combine(identity.DataDirectory, "jobs"));

    /// <summary>Whether a failure says that the disk is full.</summary>
    public static bool IsFull(IOException failure) => Full.Contains(failure.HResult);

    /// <summary>Where a file's bytes are.</summary>
    public string PathOf(string fileId) => Path.Combine(_folder, fileId + ".jsonl");

    /// <summary>Where the places of its lines are.</summary>
    public string IndexOf(string fileId) => Path.Combine(_folder, fileId + ".lines");

    /// <summary>Makes the folder, if it is missing.</summary>
    public void Prepare() => Directory.CreateDirectory(_folder);

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

    /// <summary>The bytes that all files of a key take.</summary>
    public Task<long> BytesOfAsync(string keyId, CancellationToken cancellationToken) =>
        store.ReadAsync(db => db.Files.Where(row => row.KeyId == keyId).SumAsync(row => row.Bytes, cancellationToken), cancellationToken);

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

    /// <summary>Whether a job that has not ended reads a file.</summary>
    public Task<bool> IsNeededAsync(string fileId, CancellationToken cancellationToken) =>
        store.ReadAsync(
            db => db.Jobs.AnyAsync(row => row.InputFileId == fileId && row.EndedAt == null, cancellationToken),
            cancellationToken
        );

    /// <summary>Removes a file.</summary>
    public async Task RemoveAsync(string fileId, CancellationToken cancellationToken)
    {
        await store.WriteAsync(db => db.Files.Where(row => row.FileId == fileId).ExecuteDeleteAsync(cancellationToken), cancellationToken);
        File.Delete(PathOf(fileId));
        File.Delete(IndexOf(fileId));
    }

    /// <summary>Opens a file's bytes for reading; they stay readable if it is removed meanwhile.</summary>
    public FileStream Open(string fileId) =>
        new(
            PathOf(fileId),
            new FileStreamOptions
            {
                Share = FileShare.Read | FileShare.Delete,
                Options = FileOptions.Asynchronous | FileOptions.SequentialScan,
            }
        );
}
