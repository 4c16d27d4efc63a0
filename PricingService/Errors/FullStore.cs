using ImageToText.ServiceDefaults.Files;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace ImageToText.PricingService.Errors;

/// <summary>Tells a database that has no room left from other failures.</summary>
internal static class FullStore
{
    // SQLITE_FULL.
    private const int SqliteFull = 13;

    /// <summary>Whether a failure, or what is behind it, says that the database's disk is full. EF Core wraps what it meets.</summary>
    public static bool Explains(Exception? fault) =>
        fault switch
        {
            null => false,
            SqliteException { SqliteErrorCode: SqliteFull } => true,
            PostgresException { SqlState: PostgresErrorCodes.DiskFull } => true,
            IOException failure when FullDisk.Explains(failure) => true,
            _ => Explains(fault.InnerException),
        };
}
