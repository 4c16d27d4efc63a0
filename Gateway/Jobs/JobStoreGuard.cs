using System.Data.Common;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Jobs.Storage;
using ImageToText.ServiceDefaults.Files;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace ImageToText.Gateway.Jobs;

/// <summary>Tells callers when the store of jobs can't be reached, or its disk is full.</summary>
internal sealed partial class JobStoreGuard(ILogger<JobStoreGuard> logger)
{
    // SQLITE_FULL.
    private const int SqliteFull = 13;

    /// <summary>Asks the store.</summary>
    /// <exception cref="RefusalException">503 or 507: it can't answer.</exception>
    public async Task<T> AskAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (Exception failure)
            when (StoreFault.CauseOf(failure)
                    is SqliteException { SqliteErrorCode: SqliteFull }
                        or PostgresException { SqlState: PostgresErrorCodes.DiskFull }
            )
        {
            throw Refusals.DiskFull(failure);
        }
        catch (IOException failure) when (FullDisk.Explains(failure))
        {
            throw Refusals.DiskFull(failure);
        }
        catch (Exception failure)
            when (StoreFault.CauseOf(failure) is DbException or TimeoutException || failure is Quartz.SchedulerException)
        {
            Log.Unreachable(logger, failure.Message);
            throw Refusals.JobsUnavailable(failure);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2604, LogLevel.Warning, "The store of jobs can't be reached: {Reason}")]
        public static partial void Unreachable(ILogger logger, string reason);
    }
}
