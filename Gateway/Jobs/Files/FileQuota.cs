using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Jobs;
using ImageToText.Gateway.Errors;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Jobs.Files;

/// <summary>How many bytes the files of a key, and those of its account, take and may take.</summary>
internal sealed class FileQuota(FileShelf shelf, IOptions<JobOptions> options)
{
    /// <summary>What they take and may take now.</summary>
    public async Task<JobStorage> OfAsync(KeyGrant caller, CancellationToken cancellationToken)
    {
        long key = await shelf.BytesOfAsync(caller.KeyId, cancellationToken);
        return caller.Account is { } account
            ? new JobStorage(
                key,
                options.Value.MaxBytesPerKey,
                await shelf.BytesOfAccountAsync(account, cancellationToken),
                options.Value.MaxBytesPerAccount
            )
            : new JobStorage(key, options.Value.MaxBytesPerKey);
    }

    /// <summary>How many bytes a new file may have, and what is said of one with more.</summary>
    /// <param name="caller">The key that owns it.</param>
    /// <param name="most">The limit of any file; null: there is none.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <exception cref="RefusalException">413: there is no room for it.</exception>
    public async Task<FileRoom> RoomOfAsync(KeyGrant caller, long? most, CancellationToken cancellationToken)
    {
        var used = await OfAsync(caller, cancellationToken);
        var room = new FileRoom(
            used.KeyMaxBytes - used.KeyBytes,
            Refusals.QuotaReached("this API key", used.KeyBytes, used.KeyMaxBytes, nameof(JobOptions.MaxBytesPerKey))
        );
        if (used is { AccountBytes: { } taken, AccountMaxBytes: { } limit } && limit - taken < room.Bytes)
        {
            room = new FileRoom(
                limit - taken,
                Refusals.QuotaReached($"the account '{caller.Account}'", taken, limit, nameof(JobOptions.MaxBytesPerAccount))
            );
        }

        return room.Bytes <= 0 ? throw new RefusalException(room.Beyond)
            : most < room.Bytes ? new FileRoom(most.Value, Refusals.FileTooLarge(most.Value))
            : room;
    }
}

/// <summary>The room for a file.</summary>
/// <param name="Bytes">How many bytes it may have.</param>
/// <param name="Beyond">What is said of one with more.</param>
internal readonly record struct FileRoom(long Bytes, Refusal Beyond);
