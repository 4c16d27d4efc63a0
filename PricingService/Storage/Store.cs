using System.Data;
using System.Data.Common;
using ImageToText.ServiceDefaults.Databases;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Options;

namespace ImageToText.PricingService.Storage;

/// <summary>
/// Reads and writes the books. A write is one transaction, and no other write touches the same names meanwhile.
/// </summary>
internal sealed class Store(IOptions<StoreOptions> options) : IDisposable
{
    /// <summary>The channel on which PostgreSQL tells replicas of each other's commits.</summary>
    public const string Channel = "imagetotext_pricing";

    /// <summary>How a notice begins: what gateways must hear of has changed.</summary>
    public const string NetworkNotice = "network";

    /// <summary>How a notice begins: slices have come back, or records of them.</summary>
    public const string SlicesNotice = "slices";

    private readonly string _replica = Guid.NewGuid().ToString("N");
    private readonly StoreOptions _options = options.Value;
    private readonly Lazy<DbContextOptions<SqlitePricingDb>> _sqlite = new(() =>
        new DbContextOptionsBuilder<SqlitePricingDb>()
            .UseSqlite(options.Value.ConnectionString)
            .AddInterceptors(new SqlitePreparation())
            .ConfigureWarnings(TrustMigrations)
            .Options
    );

    private readonly Lazy<DbContextOptions<PostgresPricingDb>> _postgres = new(() =>
        new DbContextOptionsBuilder<PostgresPricingDb>()
            .UseNpgsql(DatabaseConnections.WithRoomForOthers(options.Value.ConnectionString!, options.Value.MaxConnections))
            .ConfigureWarnings(TrustMigrations)
            .Options
    );

    private readonly WriteQueue _writes = new(isSqlite: !options.Value.IsPostgres);

    public bool IsPostgres => _options.IsPostgres;

    public void Dispose() => _writes.Dispose();

    /// <summary>Brings the database up to date.</summary>
    /// <exception cref="NewerStoreException">A newer version has migrated it.</exception>
    public async Task MigrateAsync(CancellationToken cancellationToken)
    {
        if (
            !IsPostgres
            && Path.GetDirectoryName(new SqliteConnectionStringBuilder(_options.ConnectionString).DataSource) is { Length: > 0 } folder
        )
        {
            Directory.CreateDirectory(folder);
        }

        await using var db = Open();
        if (!IsPostgres)
        {
            await db.Database.ExecuteSqlRawAsync(DatabaseConnections.WriteAheadLog, cancellationToken);
        }

        string[] applied = [.. await db.Database.GetAppliedMigrationsAsync(cancellationToken)];
        string[] known = [.. db.Database.GetMigrations()];
        NewerStoreException.ThrowIfNewer(applied, known);

        // With nothing to apply, it would still write to the database, to lock it.
        if (known.Except(applied).Any())
        {
            await db.Database.MigrateAsync(cancellationToken);
        }
    }

    /// <summary>Reads, without a transaction.</summary>
    public async Task<T> ReadAsync<T>(Func<PricingDb, Task<T>> read)
    {
        await using var db = OpenForReading();
        return await read(db);
    }

    /// <summary>
    /// Reads everything at one moment, whatever is written meanwhile. Reads and writes never wait for each other.
    /// </summary>
    public async Task<T> ReadSnapshotAsync<T>(Func<PricingDb, Task<T>> read, CancellationToken cancellationToken)
    {
        await using var db = OpenForReading();
        await db.Database.OpenConnectionAsync(cancellationToken);
        // Deferred: begun in any other way, SQLite's transaction would be a writer. With the journal in WAL mode, the first read
        // fixes what all reads see.
        await using var snapshot = db.Database.GetDbConnection() is SqliteConnection sqlite
            ? sqlite.BeginTransaction(deferred: true)
            : await db.Database.GetDbConnection().BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        await db.Database.UseTransactionAsync(snapshot, cancellationToken);
        return await read(db);
    }

    /// <summary>A context for reading row by row; the caller disposes of it.</summary>
    public PricingDb OpenForReading()
    {
        var db = Open();
        db.ChangeTracker.QueryTrackingBehavior = QueryTrackingBehavior.NoTracking;
        return db;
    }

    /// <summary>Writes in one transaction, which no other write with one of the same names overlaps.</summary>
    public async Task<T> WriteAsync<T>(IEnumerable<string> locks, Func<PricingDb, Task<T>> write, CancellationToken cancellationToken)
    {
        using var turn = await _writes.EnterAsync(cancellationToken);
        await using var db = Open();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (IsPostgres)
        {
            // Always in the same order, so that two writes never wait for each other.
            foreach (string? name in locks.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
            {
                await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock(hashtextextended({name}, 0))", cancellationToken);
            }
        }

        var result = await write(db);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return result;
    }

    /// <summary>
    /// Writes under locks whose names must be looked up first. If other names are needed by the time those are held, it begins again.
    /// </summary>
    public async Task<T> WriteAsync<T>(
        Func<PricingDb, Task<IReadOnlyCollection<string>>> locks,
        Func<PricingDb, Task<T>> write,
        CancellationToken cancellationToken
    )
    {
        if (!IsPostgres)
        {
            // Nobody else writes at the same time.
            return await WriteAsync([], write, cancellationToken);
        }

        while (true)
        {
            var held = await ReadAsync(locks);
            var (isCurrent, result) = await WriteAsync(
                held,
                async db => (await locks(db)).All(held.Contains) ? (true, await write(db)) : (false, default(T)!),
                cancellationToken
            );
            if (isCurrent)
            {
                return result;
            }
        }
    }

    /// <summary>Tells other replicas once the transaction under way is committed; where there can be none, nobody.</summary>
    public Task NotifyAsync(PricingDb db, string notice, CancellationToken cancellationToken) =>
        IsPostgres
            ? db.Database.ExecuteSqlAsync($"SELECT pg_notify({Channel}, {$"{notice} {_replica}"})", cancellationToken)
            : Task.CompletedTask;

    /// <summary>Whether a notice is this replica's own, which it knows of already.</summary>
    public bool IsOwn(string notice) => notice.EndsWith(_replica, StringComparison.Ordinal);

    // Whether the migrations say what the model says is asked by a test, not at each start: it takes a second model.
    private static void TrustMigrations(WarningsConfigurationBuilder warnings) =>
        warnings.Ignore(RelationalEventId.PendingModelChangesWarning);

    private PricingDb Open() => IsPostgres ? new PostgresPricingDb(_postgres.Value) : new SqlitePricingDb(_sqlite.Value);

    private sealed class SqlitePreparation : DbConnectionInterceptor
    {
        public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData) =>
            DatabaseConnections.PrepareSqlite(connection);

        public override Task ConnectionOpenedAsync(
            DbConnection connection,
            ConnectionEndEventData eventData,
            CancellationToken cancellationToken = default
        ) => DatabaseConnections.PrepareSqliteAsync(connection, cancellationToken);
    }
}
