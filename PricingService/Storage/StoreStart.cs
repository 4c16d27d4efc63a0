namespace ImageToText.PricingService.Storage;

/// <summary>Applies the migrations before anything else starts.</summary>
internal sealed partial class StoreStart(Store store, StoreWait wait, ILogger<StoreStart> logger) : IHostedLifecycleService
{
    private bool _isOpen;

    /// <summary>Applies them. Once is enough, so whoever starts the service may do it first.</summary>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        if (_isOpen)
        {
            return;
        }

        await wait.UntilReachedAsync(store.MigrateAsync, cancellationToken);
        _isOpen = true;
        Log.Ready(logger, store.IsPostgres ? "PostgreSQL" : "SQLite");
    }

    public Task StartingAsync(CancellationToken cancellationToken) => OpenAsync(cancellationToken);

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
