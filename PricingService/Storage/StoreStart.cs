namespace ImageToText.PricingService.Storage;

/// <summary>Applies the migrations before anything else starts.</summary>
internal sealed partial class StoreStart(Store store, StoreWait wait, ILogger<StoreStart> logger) : IHostedLifecycleService
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await wait.UntilReachedAsync(store.MigrateAsync, cancellationToken);
        Log.Ready(logger, store.IsPostgres ? "PostgreSQL" : "SQLite");
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "The books in {Database} are open, with all migrations applied.")]
        public static partial void Ready(ILogger logger, string database);
    }
}
