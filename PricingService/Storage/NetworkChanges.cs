using ImageToText.PricingService.Storage.Rows;
using Microsoft.EntityFrameworkCore;

namespace ImageToText.PricingService.Storage;

/// <summary>What has changed.</summary>
internal enum Change
{
    /// <summary>Nothing that gateways must learn.</summary>
    Nothing,

    /// <summary>A slice is recalled.</summary>
    Recall,

    /// <summary>Nodes, models or prices.</summary>
    Network,

    /// <summary>Keys.</summary>
    Keys,
}

/// <summary>
/// Writes that gateways must learn about. They are counted in the same transaction, and announced once it is committed.
/// </summary>
internal sealed class NetworkChanges(Store store, Signal<NetworkVersion> signal)
{
    /// <summary>Writes in one transaction. Whatever <paramref name="write"/> says has changed is counted.</summary>
    public async Task<T> WriteAsync<T>(
        IEnumerable<string> locks,
        Func<PricingDb, Task<(T Result, Change Change)>> write,
        CancellationToken cancellationToken
    ) => Announced(await store.WriteAsync(locks, db => WriteAndCountAsync(db, write, cancellationToken), cancellationToken));

    /// <summary>The same, under locks whose names must be looked up first.</summary>
    public async Task<T> WriteAsync<T>(
        Func<PricingDb, Task<IReadOnlyCollection<string>>> locks,
        Func<PricingDb, Task<(T Result, Change Change)>> write,
        CancellationToken cancellationToken
    ) => Announced(await store.WriteAsync(locks, db => WriteAndCountAsync(db, write, cancellationToken), cancellationToken));

    /// <summary>Announces that nodes, models or prices have changed outside the store.</summary>
    public Task AnnounceAsync(CancellationToken cancellationToken) =>
        WriteAsync([], static _ => Task.FromResult((true, Change.Network)), cancellationToken);

    private async Task<(T Result, Change Change)> WriteAndCountAsync<T>(
        PricingDb db,
        Func<PricingDb, Task<(T Result, Change Change)>> write,
        CancellationToken cancellationToken
    )
    {
        var written = await write(db);
        // The counter is one row that all writers share. It is touched last, so that it is locked for the shortest time.
        await db.SaveChangesAsync(cancellationToken);
        await CountAsync(db, written.Change, cancellationToken);
        if (written.Change != Change.Nothing)
        {
            await store.NotifyAsync(db, Store.NetworkNotice, cancellationToken);
        }

        return written;
    }

    private T Announced<T>((T Result, Change Change) written)
    {
        if (written.Change != Change.Nothing)
        {
            signal.Raise();
        }

        return written.Result;
    }

    private static async Task CountAsync(PricingDb db, Change change, CancellationToken cancellationToken)
    {
        var rows = db.NetworkVersions;
        _ = change switch
        {
            Change.Recall => await rows.ExecuteUpdateAsync(row => row.SetProperty(v => v.Latest, v => v.Latest + 1), cancellationToken),
            Change.Network => await rows.ExecuteUpdateAsync(
                row => row.SetProperty(v => v.Latest, v => v.Latest + 1).SetProperty(v => v.Network, v => v.Latest + 1),
                cancellationToken
            ),
            // A gateway learns of changed keys from the snapshot, so that changes too.
            Change.Keys => await rows.ExecuteUpdateAsync(
                row =>
                    row.SetProperty(v => v.Latest, v => v.Latest + 1)
                        .SetProperty(v => v.Network, v => v.Latest + 1)
                        .SetProperty(v => v.Keys, v => v.Latest + 1),
                cancellationToken
            ),
            _ => 0,
        };
    }
}
