using ImageToText.ServiceDefaults.Resilience;
using Npgsql;

namespace ImageToText.PricingService.Storage;

/// <summary>Waits for a database that is away when the service starts, as it is while it restarts.</summary>
internal sealed partial class StoreWait(TimeProvider time, ILogger<StoreWait> logger)
{
    private readonly EndlessRetry _retry = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), time);

    /// <summary>Does something with the store as soon as it can be reached. What is wrong in any other way is thrown at once.</summary>
    public Task UntilReachedAsync(Func<CancellationToken, Task> work, CancellationToken cancellationToken) =>
        _retry.UntilDoneAsync(
            async stop => await work(stop),
            IsAway,
            (fault, inRow) =>
            {
                if (inRow == 1)
                {
                    Log.Away(logger, fault.GetBaseException().Message);
                }
            },
            cancellationToken
        );

    private static bool IsAway(Exception? fault) =>
        fault is not null && (fault is NpgsqlException { IsTransient: true } || IsAway(fault.InnerException));

    private static partial class Log
    {
        [LoggerMessage(2, LogLevel.Warning, "The database can't be reached yet; the service starts as soon as it can: {Reason}")]
        public static partial void Away(ILogger logger, string reason);
    }
}
