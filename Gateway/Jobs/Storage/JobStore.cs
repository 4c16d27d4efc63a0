using System.Data.Common;
using ImageToText.ServiceDefaults.Databases;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Jobs.Storage;

/// <summary>Reads and writes what is stored about jobs. It is opened when it is first needed, and brought up to date then.</summary>
internal sealed class JobStore : IDisposable
{
    private readonly JobOptions _options;
    private readonly Lazy<DbContextOptions<SqliteJobDb>> _sqlite;
    private readonly Lazy<DbContextOptions<PostgresJobDb>> _postgres;

    private readonly WriteQueue _writes;
    private readonly SemaphoreSlim _opening = new(1, 1);
    private volatile bool _isOpen;

    public JobStore(IOptions<JobOptions> options, GatewayIdentity identity, IConfiguration configuration)
    {
        _options = options.Value;
        ConnectionString =
            _options.ConnectionString is { Length: > 0 } given ? given
            : configuration.GetConnectionString("jobs") is { Length: > 0 } named ? named
            : new SqliteConnectionStringBuilder { DataSource = Path.Combine(identity.DataDirectory, "jobs.db") }.ConnectionString;
        ConnectionString = DatabaseConnections.WithRoomForOthers(ConnectionString, _options.MaxConnections);
        IsPostgres = DatabaseConnections.IsPostgres(ConnectionString);
        _writes = new(isSqlite: !IsPostgres);
        _sqlite = new(() =>
            new DbContextOptionsBuilder<SqliteJobDb>()
                .UseSqlite(ConnectionString, static sqlite => sqlite.MigrationsHistoryTable(JobDb.Migrations))
                .AddInterceptors(new SqlitePreparation())
                .Options
        );
        _postgres = new(() =>
            new DbContextOptionsBuilder<PostgresJobDb>()
                .UseNpgsql(ConnectionString, static postgres => postgres.MigrationsHistoryTable(JobDb.Migrations))
                .Options
        );
    }

    /// <summary>Where the store is.</summary>
    public string ConnectionString { get; }

    /// <summary>Whether it is PostgreSQL.</summary>
    public bool IsPostgres { get; }

    /// <summary>Whether it also holds the bytes of files: PostgreSQL does, unless there is a folder for them.</summary>
    public bool HoldsFiles => IsPostgres && _options.Directory is null;

    /// <summary>Whether there may be jobs in it. A SQLite file that was never made has none, and need not be opened to know it.</summary>
    public bool MayHoldJobs => IsPostgres || File.Exists(new SqliteConnectionStringBuilder(ConnectionString).DataSource);

    /// <summary>Reads, without a transaction.</summary>
    public async Task<T> ReadAsync<T>(Func<JobDb, Task<T>> read, CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken);
        await using var db = Connect();
        db.ChangeTracker.QueryTrackingBehavior = QueryTrackingBehavior.NoTracking;
        return await read(db);
    }

    /// <summary>Writes in one transaction.</summary>
    public async Task<T> WriteAsync<T>(Func<JobDb, Task<T>> write, CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken);
        using var turn = await _writes.EnterAsync(cancellationToken);
        await using var db = Connect();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var result = await write(db);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return result;
    }

    /// <summary>Brings the database up to date, once.</summary>
    /// <exception cref="NewerStoreException">A newer version has migrated it.</exception>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        if (_isOpen)
        {
            return;
        }

        await _opening.WaitAsync(cancellationToken);
        try
        {
            if (_isOpen)
            {
                return;
            }

            await using var db = Connect();
            if (!IsPostgres)
            {
                await db.Database.ExecuteSqlRawAsync(DatabaseConnections.WriteAheadLog, cancellationToken);
            }

            NewerStoreException.ThrowIfNewer(await db.Database.GetAppliedMigrationsAsync(cancellationToken), db.Database.GetMigrations());
            await db.Database.MigrateAsync(cancellationToken);
            _isOpen = true;
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _writes.Dispose();
        _opening.Dispose();
    }

    private JobDb Connect() => IsPostgres ? new PostgresJobDb(_postgres.Value) : new SqliteJobDb(_sqlite.Value);

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
