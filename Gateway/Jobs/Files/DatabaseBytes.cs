using System.Data.Common;
using ImageToText.Gateway.Jobs.Storage;
using ImageToText.Gateway.Jobs.Storage.Rows;
using Microsoft.EntityFrameworkCore;

namespace ImageToText.Gateway.Jobs.Files;

/// <summary>
/// Bytes of files in PostgreSQL, cut into pieces, so that gateways that share their jobs need no folder in common. A piece at a time is
/// in memory.
/// </summary>
internal sealed class DatabaseBytes(JobStore store, TimeProvider time) : IFileBytes
{
    /// <inheritdoc/>
    public async Task WriteAsync(string name, Func<Stream, Task> write, CancellationToken cancellationToken)
    {
        string draft = $"{name}~{Guid.CreateVersion7():N}";
        try
        {
            await using (var pieces = new PieceWriter((number, bytes, stop) => AddAsync(draft, number, bytes, stop)))
            {
                await write(pieces);
                await pieces.CompleteAsync(cancellationToken);
            }

            await store.WriteAsync(
                async db =>
                {
                    await db.Pieces.Where(row => row.File == name).ExecuteDeleteAsync(cancellationToken);
                    return await db.Database.ExecuteSqlAsync(
                        $"UPDATE job_pieces SET file = {name}, is_draft = false WHERE file = {draft}",
                        cancellationToken
                    );
                },
                cancellationToken
            );
        }
        catch
        {
            await DropAsync(draft);
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<Stream> OpenAsync(string name, CancellationToken cancellationToken)
    {
        // All pieces before the last are full, so it tells the length. Each item of a job opens the file anew.
        long? length = await store.ReadAsync(
            db =>
                db.Pieces.Where(row => row.File == name)
                    .OrderByDescending(static row => row.Number)
                    .Select(static row => (long?)(((long)row.Number * FilePiece.Size) + row.Bytes.Length))
                    .FirstOrDefaultAsync(cancellationToken),
            cancellationToken
        );
        return length is { } bytes
            ? new PieceReader(bytes, (number, offset, count, stop) => ReadAsync(name, number, offset, count, stop))
            : throw new FileNotFoundException($"There are no bytes of {name}.");
    }

    /// <inheritdoc/>
    public Task<bool> ExistAsync(string name, CancellationToken cancellationToken) =>
        store.ReadAsync(db => db.Pieces.AnyAsync(row => row.File == name, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task RemoveAsync(string name, CancellationToken cancellationToken) =>
        store.WriteAsync(db => db.Pieces.Where(row => row.File == name).ExecuteDeleteAsync(cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task SweepAsync(long before, CancellationToken cancellationToken) =>
        store.WriteAsync(
            db => db.Pieces.Where(row => row.IsDraft && row.CreatedAt < before).ExecuteDeleteAsync(cancellationToken),
            cancellationToken
        );

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> OldAsync(long before, CancellationToken cancellationToken) =>
        await store.ReadAsync(
            db =>
                db.Pieces.Where(row => !row.IsDraft && row.CreatedAt < before && row.Number == 0)
                    .Select(static row => row.File)
                    .ToListAsync(cancellationToken),
            cancellationToken
        );

    private Task<int> AddAsync(string name, int number, byte[] bytes, CancellationToken cancellationToken) =>
        store.WriteAsync(
            db =>
            {
                db.Pieces.Add(
                    new FilePiece
                    {
                        File = name,
                        Number = number,
                        Bytes = bytes,
                        IsDraft = true,
                        CreatedAt = time.GetUtcNow().ToUnixTimeSeconds(),
                    }
                );
                return Task.FromResult(0);
            },
            cancellationToken
        );

    private async Task<byte[]> ReadAsync(string name, int number, int offset, int count, CancellationToken cancellationToken) =>
        await store.ReadAsync(
            db =>
                db.Database.SqlQuery<byte[]>(
                        $"""
                        SELECT substring(bytes FROM {offset + 1} FOR {count}) AS "Value"
                        FROM job_pieces WHERE file = {name} AND number = {number}
                        """
                    )
                    .SingleOrDefaultAsync(cancellationToken),
            cancellationToken
        ) ?? throw new IOException($"{name} was removed while it was read.");

    // If the database is away, a sweep removes it later.
    private async Task DropAsync(string draft)
    {
        try
        {
            await RemoveAsync(draft, CancellationToken.None);
        }
        catch (Exception failure) when (StoreFault.CauseOf(failure) is DbException or TimeoutException)
        {
            // The caller knows it from what failed before.
        }
    }
}
