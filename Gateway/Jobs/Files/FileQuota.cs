using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Jobs;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Jobs.Storage;
using ImageToText.Gateway.Jobs.Storage.Rows;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Jobs.Files;

/// <summary>How many bytes the files of a key, and those of its account, take and may take.</summary>
internal sealed class FileQuota(JobStore store, IOptions<JobOptions> options)
{
    /// <summary>What they take and may take now.</summary>
    public Task<JobStorage> OfAsync(KeyGrant caller, CancellationToken cancellationToken) =>
        store.ReadAsync(
            async db =>
            {
                long key = await BytesOfKeyAsync(db, caller.KeyId, cancellationToken);
                return caller.Account is { } account
                    ? new JobStorage(
                        key,
                        options.Value.MaxBytesPerKey,
                        await BytesOfAccountAsync(db, account, cancellationToken),
                        options.Value.MaxBytesPerAccount
                    )
                    : new JobStorage(key, options.Value.MaxBytesPerKey);
            },
            cancellationToken
        );

    /// <summary>Adds a file whose bytes are in place, if there is still room for it: others may have come while it arrived.</summary>
    /// <exception cref="RefusalException">413: there is none.</exception>
    public Task AddAsync(StoredFile file, CancellationToken cancellationToken) =>
        store.WriteAsync(
            async db =>
            {
                await TakeTurnAsync(db, file, cancellationToken);
                long key = await BytesOfKeyAsync(db, file.KeyId, cancellationToken);
                if (key + file.Bytes > options.Value.MaxBytesPerKey)
                {
                    throw new RefusalException(OverKey(key));
                }

                if (file.Account is { } account)
                {
                    long all = await BytesOfAccountAsync(db, account, cancellationToken);
                    if (all + file.Bytes > options.Value.MaxBytesPerAccount)
                    {
                        throw new RefusalException(OverAccount(account, all));
                    }
                }

                db.Files.Add(file);
                return 0;
            },
            cancellationToken
        );

    /// <summary>How many bytes a new file may have, and what is said of one with more.</summary>
    /// <param name="caller">The key that owns it.</param>
    /// <param name="most">The limit of any file; null: there is none.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <exception cref="RefusalException">413: there is no room for it.</exception>
    public async Task<FileRoom> RoomOfAsync(KeyGrant caller, long? most, CancellationToken cancellationToken)
    {
        var used = await OfAsync(caller, cancellationToken);
        var room = new FileRoom(used.KeyMaxBytes - used.KeyBytes, OverKey(used.KeyBytes));
        if (used is { AccountBytes: { } taken, AccountMaxBytes: { } limit } && limit - taken < room.Bytes)
        {
            room = new FileRoom(limit - taken, OverAccount(caller.Account!, taken));
        }

        return room.Bytes <= 0 ? throw new RefusalException(room.Beyond)
            : most < room.Bytes ? FileRoom.Of(most.Value)
            : room;
    }

    private static Task<long> BytesOfKeyAsync(JobDb db, string keyId, CancellationToken cancellationToken) =>
        db.Files.Where(row => row.KeyId == keyId).SumAsync(static row => row.Bytes, cancellationToken);

    private static Task<long> BytesOfAccountAsync(JobDb db, string account, CancellationToken cancellationToken) =>
        db.Files.Where(row => row.Account == account).SumAsync(static row => row.Bytes, cancellationToken);

    private Refusal OverKey(long taken) =>
        Refusals.QuotaReached("this API key", taken, options.Value.MaxBytesPerKey, nameof(JobOptions.MaxBytesPerKey));

    private Refusal OverAccount(string account, long taken) =>
        Refusals.QuotaReached($"the account '{account}'", taken, options.Value.MaxBytesPerAccount, nameof(JobOptions.MaxBytesPerAccount));

    // SQLite has one writer anyway. PostgreSQL would let two add up what is there before either adds its own.
    private async Task TakeTurnAsync(JobDb db, StoredFile file, CancellationToken cancellationToken)
    {
        if (!store.IsPostgres)
        {
            return;
        }

        // Keys before accounts, so that nobody waits in a circle.
        string[] owners = file.Account is { } account ? ["key " + file.KeyId, "account " + account] : ["key " + file.KeyId];
        foreach (string owner in owners)
        {
            await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock(hashtextextended({owner}, 0))", cancellationToken);
        }
    }
}

/// <summary>The room for a file.</summary>
/// <param name="Bytes">How many bytes it may have.</param>
/// <param name="Beyond">What is said of one with more.</param>
internal readonly record struct FileRoom(long Bytes, Refusal Beyond)
{
    /// <summary>The room that any file has, whatever else is kept.</summary>
    public static FileRoom Of(long bytes) => new(bytes, Refusals.FileTooLarge(bytes));
}
