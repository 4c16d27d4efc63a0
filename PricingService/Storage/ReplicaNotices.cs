using ImageToText.PricingService.Storage.Rows;
using ImageToText.ServiceDefaults.Resilience;
using Microsoft.Extensions.Options;
using Npgsql;

namespace ImageToText.PricingService.Storage;

/// <summary>
/// Hears from PostgreSQL what other replicas have committed (LISTEN), so that nobody has to look again and again. SQLite has one
/// process, in which the signals are enough.
/// </summary>
internal sealed partial class ReplicaNotices(
    Store store,
    IOptions<StoreOptions> options,
    Signal<NetworkVersion> network,
    Signal<Slice> slices,
    TimeProvider time,
    ILogger<ReplicaNotices> logger
) : BackgroundService
{
    private const int KeepAliveSeconds = 30;

    private readonly EndlessRetry _retry = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), time);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        store.IsPostgres
            ? _retry.RepeatAsync(ListenAsync, (fault, _) => Log.Lost(logger, fault.Message), stoppingToken)
            : Task.CompletedTask;

    private async ValueTask ListenAsync(CancellationToken cancellationToken)
    {
        // Kept for good, so none of the pool's; a connection that died in silence is noticed by what is sent over it.
        var settings = new NpgsqlConnectionStringBuilder(options.Value.ConnectionString) { Pooling = false, KeepAlive = KeepAliveSeconds };
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        connection.Notification += (_, notice) => Tell(notice.Payload);
        await connection.OpenAsync(cancellationToken);
        await using (var listen = new NpgsqlCommand($"LISTEN {Store.Channel}", connection))
        {
            await listen.ExecuteNonQueryAsync(cancellationToken);
        }

        // For what was committed before there was an ear.
        network.Raise();
        slices.Raise();
        while (true)
        {
            await connection.WaitAsync(cancellationToken);
        }
    }

    private void Tell(string notice)
    {
        if (store.IsOwn(notice))
        {
            return;
        }

        if (notice.StartsWith(Store.NetworkNotice, StringComparison.Ordinal))
        {
            network.Raise();
        }
        else if (notice.StartsWith(Store.SlicesNotice, StringComparison.Ordinal))
        {
            slices.Raise();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            60,
            LogLevel.Warning,
            "PostgreSQL does not report other replicas' changes. Until it does, they are noticed at the next sweep: {Reason}"
        )]
        public static partial void Lost(ILogger logger, string reason);
    }
}
