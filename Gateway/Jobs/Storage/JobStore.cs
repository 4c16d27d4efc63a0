using System.Data.Common;
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

    // SQLite takes one writer at a time and lets the others poll. Queueing here is faster and fair.
    private readonly SemaphoreSlim _sqliteWriter = new(1, 1);
    private readonly SemaphoreSlim _opening = new(1, 1);
    private volatile bool _isOpen;

    public JobStore(IOptions<JobOptions> options, GatewayIdentity identity, IConfiguration configuration)
    {
        _options = options.Value;
        ConnectionString =
            _options.ConnectionString is { Length: > 0 } given ? given
            : configuration.GetConnectionString("jobs") is { Length: > 0 } named ? named
            : new SqliteConnectionStringBuilder { DataSource = Path.Combine(identity.DataDirectory, "jobs.db") }.ConnectionString;
        IsPostgres = ConnectionString.Contains("Host=", StringComparison.OrdinalIgnoreCase);
        _sqlite = new(() =>
            new DbContextOptionsBuilder<SqliteJobDb>()
                .UseSqlite(ConnectionString, static sqlite => sqlite.MigrationsHistoryTable(JobDb.Migrations))
                .AddInterceptors(new SqlitePragmas())
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
        if (!IsPostgres)
        {
            await _sqliteWriter.WaitAsync(cancellationToken);
        }

        try
        {
            await using var db = Connect();
            await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
            var result = await write(db);
            await db.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return result;
        }
        finally
        {
            if (!IsPostgres)
            {
                _sqliteWriter.Release();
            }
        }
    }

    /// <summary>Brings the database up to date, once.</summary>
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
                await db.Database.ExecuteSqlRawAsync("PRAGMA journal_mode=WAL", cancellationToken);
            }

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
        _sqliteWriter.Dispose();
        _opening.Dispose();
    }

    private JobDb Connect() => IsPostgres ? new PostgresJobDb(_postgres.Value) : new SqliteJobDb(_sqlite.Value);

    private sealed class SqlitePragmas : DbConnectionInterceptor
    {
        // FULL: in WAL mode a lesser setting may lose the last commits when the power fails.
        private const string Pragmas = "PRAGMA busy_timeout=10000; PRAGMA synchronous=FULL;";

        public override async Task ConnectionOpenedAsync(
            DbConnection connection,
            ConnectionEndEventData eventData,
            CancellationToken cancellationToken = default
        )
        {
            await using var command = connection.CreateCommand();
            command.CommandText = Pragmas;
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
        {
            using var command = connection.CreateCommand();
            command.CommandText = Pragmas;
            command.ExecuteNonQuery();
        }
    }
}
