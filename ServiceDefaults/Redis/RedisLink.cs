using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace ImageToText.ServiceDefaults.Redis;

/// <summary>
/// The way to a Redis that may be slow, full or gone at any time and must never fail a request: a question has little time, the first
/// that gets no answer closes the way for all, and only probes in the background, never a request, find out when it is open again.
/// </summary>
public sealed partial class RedisLink : BackgroundService
{
    /// <summary>The connection string's name: <c>ConnectionStrings:redis</c>.</summary>
    public const string ConnectionName = "redis";

    /// <summary>How long lies between two probes, and between two tries of the connection to come back.</summary>
    internal static readonly TimeSpan ProbeInterval = TimeSpan.FromMilliseconds(500);

    private readonly Func<IConnectionMultiplexer>? _connect;
    private readonly TimeProvider _time;
    private readonly ILogger<RedisLink> _logger;
    private readonly SemaphoreSlim _closed = new(0, 1);
    private volatile IConnectionMultiplexer? _connection;
    private volatile bool _open;

    /// <summary>The connection is made in the background.</summary>
    /// <param name="connect">Makes it, or takes it where it is made; null: no connection string was given.</param>
    /// <param name="time">The clock of probes and of patience.</param>
    /// <param name="logger">Told when the way opens and closes.</param>
    public RedisLink(Func<IConnectionMultiplexer>? connect, TimeProvider time, ILogger<RedisLink> logger)
    {
        _connect = connect;
        _time = time;
        _logger = logger;
    }

    /// <summary>Whether a connection string was given at all.</summary>
    public bool IsConfigured => _connect is not null;

    /// <summary>Whether questions are asked now.</summary>
    public bool IsOpen => _open;

    /// <summary>Told of each question that got no answer, by kind: <c>timeout</c>, <c>connection</c>, <c>server</c>.</summary>
    public event Action<string>? Failed;

    /// <summary>Asks Redis, unless the way to it is closed.</summary>
    /// <param name="ask">The question; called at once.</param>
    /// <param name="patience">How long the answer is waited for.</param>
    /// <returns>The answer, or that there is none; a refusal of the server's (memory full, loading) is none, too, but keeps the way open.</returns>
    public async ValueTask<RedisReply<T>> AskAsync<T>(Func<IDatabase, Task<T>> ask, TimeSpan patience)
    {
        ArgumentNullException.ThrowIfNull(ask);
        if (!_open || _connection is not { } connection || patience <= TimeSpan.Zero)
        {
            return default;
        }

        Task<T>? asked = null;
        try
        {
            asked = ask(connection.GetDatabase());
            return new RedisReply<T>(await asked.WaitAsync(patience, _time));
        }
        catch (TimeoutException)
        {
            Forget(asked);
            Close("timeout");
        }
        catch (RedisServerException)
        {
            Failed?.Invoke("server");
        }
        catch (Exception exception) when (exception is RedisException or ObjectDisposedException or OperationCanceledException)
        {
            Close("connection");
        }
        return default;
    }

    /// <summary>
    /// Deletes all keys that match any of some patterns, on every server that holds some. It waits as long as it must: who deletes wants
    /// it done, and is told when it can't be, even while the way is closed to questions that have no time.
    /// </summary>
    /// <param name="patterns">Glob patterns.</param>
    /// <param name="cancellationToken">Ends it; what is deleted stays deleted.</param>
    /// <returns>How many were deleted; null: Redis, or one of its servers, can't be reached.</returns>
    public async Task<long?> DeleteAsync(IReadOnlyList<string> patterns, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(patterns);
        if (_connection is not { } connection)
        {
            return null;
        }

        try
        {
            long deleted = 0L;
            foreach (var server in connection.GetServers())
            {
                if (server.IsReplica)
                {
                    continue;
                }

                if (!server.IsConnected)
                {
                    return null;
                }

                foreach (string pattern in patterns)
                {
                    deleted += await DeleteAsync(connection.GetDatabase(), server, pattern, cancellationToken);
                }
            }
            return deleted;
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException or ObjectDisposedException)
        {
            Log.PurgeFailed(_logger, exception.GetType().Name);
            return null;
        }
    }

    /// <summary>A pattern that matches this text alone.</summary>
    public static string Literal(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return string.Concat(
            text.Select(static letter => letter is '*' or '?' or '[' or ']' or '\\' or '^' ? "\\" + letter : letter.ToString())
        );
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _closed.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_connect is null)
        {
            return;
        }

        while (!stoppingToken.IsCancellationRequested)
        {
            if (await ProbeAsync(_connect))
            {
                _open = true;
                Log.Opened(_logger);
                await _closed.WaitAsync(stoppingToken);
            }
            await Task.Delay(ProbeInterval, _time, stoppingToken);
        }
    }

    private static async Task<long> DeleteAsync(IDatabase database, IServer server, string pattern, CancellationToken cancellationToken)
    {
        const int batch = 500;
        long deleted = 0L;
        // One by one, though many in one go: in a cluster one command may not name keys of several slots.
        var deleting = new List<Task<bool>>(batch);
        await foreach (var key in server.KeysAsync(pattern: pattern, pageSize: batch).WithCancellation(cancellationToken))
        {
            deleting.Add(database.KeyDeleteAsync(key));
            if (deleting.Count == batch)
            {
                deleted += (await Task.WhenAll(deleting)).Count(static gone => gone);
                deleting.Clear();
            }
        }
        return deleted + (await Task.WhenAll(deleting)).Count(static gone => gone);
    }

    private async Task<bool> ProbeAsync(Func<IConnectionMultiplexer> connect)
    {
        Task<TimeSpan>? asked = null;
        try
        {
            // It holds up its thread while it is made.
            _connection ??= await Task.Run(connect);
            asked = _connection.GetDatabase().PingAsync();
            await asked.WaitAsync(ProbeInterval, _time);
            return true;
        }
        catch (Exception exception)
            when (exception is RedisException or TimeoutException or ObjectDisposedException or OperationCanceledException)
        {
            Forget(asked);
            return false;
        }
    }

    private void Close(string reason)
    {
        Failed?.Invoke(reason);
        if (!Interlocked.Exchange(ref _open, false))
        {
            return;
        }

        Log.Closed(_logger, reason);
        _closed.Release();
    }

    // Its exception is nobody's any more.
    private static void Forget(Task? task) =>
        task?.ContinueWith(
            static ended => _ = ended.Exception,
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default
        );

    private static partial class Log
    {
        [LoggerMessage(1401, LogLevel.Information, "Redis answers.")]
        public static partial void Opened(ILogger logger);

        [LoggerMessage(1402, LogLevel.Warning, "Redis does not answer ({Reason}): going on without it until it does.")]
        public static partial void Closed(ILogger logger, string reason);

        [LoggerMessage(1403, LogLevel.Warning, "Deleting keys of Redis failed ({Reason}).")]
        public static partial void PurgeFailed(ILogger logger, string reason);
    }
}

/// <summary>Redis's answer, or that there was none.</summary>
/// <typeparam name="T">What was asked for.</typeparam>
public readonly record struct RedisReply<T>
{
    /// <summary>An answer.</summary>
    public RedisReply(T value)
    {
        Value = value;
        Came = true;
    }

    /// <summary>Whether it came.</summary>
    public bool Came { get; }

    /// <summary>What was asked for; the default where no answer came.</summary>
    public T? Value { get; }
}
