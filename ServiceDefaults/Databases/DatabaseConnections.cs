using System.Data.Common;

namespace ImageToText.ServiceDefaults.Databases;

/// <summary>What the services' databases have in common: SQLite by default, PostgreSQL by connection string.</summary>
/// <remarks>It uses no EF Core, so that nodes, which have no database, don't load it.</remarks>
public static class DatabaseConnections
{
    /// <summary>Turns on the write-ahead log, in which readers and the writer don't wait for each other. It stays on in the file.</summary>
    public const string WriteAheadLog = "PRAGMA journal_mode=WAL";

    private static readonly string[] PoolSizes = ["Maximum Pool Size", "Max Pool Size", "MaxPoolSize"];

    // FULL: in WAL mode a lesser setting may lose the last commits when the power fails, and these are money.
    private const string Pragmas = "PRAGMA busy_timeout=10000; PRAGMA synchronous=FULL;";

    /// <summary>Whether a connection string is PostgreSQL's.</summary>
    public static bool IsPostgres(string? connectionString) =>
        connectionString?.Contains("Host=", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>What is wrong with a connection string; null: it is SQLite's or PostgreSQL's.</summary>
    /// <param name="connectionString">The connection string.</param>
    /// <param name="setting">The setting that gives it.</param>
    /// <param name="name">Its name in <c>ConnectionStrings</c>, which may give it instead.</param>
    public static string? FaultOf(string? connectionString, string setting, string name) =>
        IsPostgres(connectionString) || connectionString?.Contains("Data Source=", StringComparison.OrdinalIgnoreCase) == true
            ? null
            : $"{setting} (or ConnectionStrings:{name}) is neither SQLite's nor PostgreSQL's: "
                + "write Data Source=FILE, or Host=…;Database=….";

    /// <summary>
    /// A connection string that leaves room for other services. Npgsql's own limit of 100 is all that PostgreSQL takes by default: then
    /// one service that comes back after a restart of the database leaves nothing for the others.
    /// </summary>
    /// <param name="connectionString">
    /// The connection string. If it says how many connections to keep, or is SQLite's, it stays as it is.
    /// </param>
    /// <param name="most">How many connections to keep at most.</param>
    public static string WithRoomForOthers(string connectionString, int most)
    {
        if (!IsPostgres(connectionString))
        {
            return connectionString;
        }

        var settings = new DbConnectionStringBuilder { ConnectionString = connectionString };
        if (!PoolSizes.Any(settings.ContainsKey))
        {
            settings[PoolSizes[0]] = most;
        }

        return settings.ConnectionString;
    }

    /// <summary>Prepares a new connection to SQLite: it waits for a busy file, and a commit survives a power failure.</summary>
    public static void PrepareSqlite(DbConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = Pragmas;
        command.ExecuteNonQuery();
    }

    /// <inheritdoc cref="PrepareSqlite"/>
    public static async Task PrepareSqliteAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = Pragmas;
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
