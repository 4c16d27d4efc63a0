using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace ImageToText.ServiceDefaults.Redis;

/// <summary>
/// The link to a Redis that may be slow, full or gone at any time and must never make a request fail. Each call has little time,
/// though more while Redis is measured to be slow. The first call without an answer closes the link for everyone, and only probes in
/// the background, never a request, find out when it can open again.
/// </summary>
public sealed partial class RedisLink : BackgroundService
{
    /// <summary>The connection string's name: <c>ConnectionStrings:redis</c>.</summary>
    public const string ConnectionName = "redis";

    /// <summary>The pause between two probes, and between two attempts to restore the connection.</summary>
    /// <remarks>Only while Redis is away: until a probe succeeds, every caption is made anew, which costs far more than a probe.</remarks>
    internal static readonly TimeSpan ProbeInterval = TimeSpan.FromMilliseconds(500);

    private readonly Func<IConnectionMultiplexer>? _connect;
    private readonly TimeProvider _time;
    private readonly ILogger<RedisLink> _logger;
    private readonly MeasuredPatience _measured;
    private readonly SemaphoreSlim _closed = new(0, 1);
    private volatile IConnectionMultiplexer? _connection;
    private volatile bool _open;
    private volatile bool _stopped;

    /// <summary>The connection is opened in the background.</summary>
    /// <param name="connect">Opens the connection, or returns an existing one; null: there is no connection string.</param>
    /// <param name="time">The clock for probes and timeouts.</param>
    /// <param name="logger">Logs when the link opens and closes.</param>
    public RedisLink(Func<IConnectionMultiplexer>? connect, TimeProvider time, ILogger<RedisLink> logger)
    {
        _connect = connect;
        _measured = new MeasuredPatience(time);
        _time = time;
        _logger = logger;
    }

    /// <summary>Whether there is a connection string.</summary>
    public bool IsConfigured => _connect is not null;

    /// <summary>Whether calls go to Redis at present.</summary>
    public bool IsOpen => _open;

    /// <summary>
    /// Raised for each call without an answer, with its kind: <c>timeout</c>, <c>connection</c>, <c>server</c>.
    /// </summary>
    public event Action<string>? Failed;

    /// <summary>Calls Redis, unless the link is closed.</summary>
    /// <param name="ask">The call; started at once.</param>
    /// <param name="patience">How long to wait for the answer; up to twenty times as long if Redis has been slow lately.</param>
    /// <returns>
    /// The answer, or that there was none. A refusal by the server (memory full, loading) counts as none, but keeps the link
    /// open.
    /// </returns>
    public async ValueTask<RedisReply<T>> AskAsync<T>(Func<IDatabase, Task<T>> ask, TimeSpan patience)
    {
        ArgumentNullException.ThrowIfNull(ask);
        if (!_open || _connection is not { } connection || patience <= TimeSpan.Zero)
        {
            return default;
        }

        Task<T>? asked = null;
        var allowed = _measured.Allow(patience);
        long began = _time.GetTimestamp();
        try
        {
            asked = ask(connection.GetDatabase());
            var answer = await asked.WaitAsync(allowed, _time);
            _measured.Took(_time.GetElapsedTime(began));
            return new RedisReply<T>(answer);
        }
        catch (TimeoutException)
        {
            Forget(asked, began);
            _measured.WaitedInVain(allowed);
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
    /// Deletes all keys that match any of the patterns, on every server that holds some. It waits as long as it must, even while
    /// the link is closed to other calls: whoever deletes wants it done, and must know if it can't be done.
    /// </summary>
    /// <param name="patterns">Glob patterns.</param>
    /// <param name="cancellationToken">Stops deleting. What was deleted stays deleted.</param>
    /// <returns>How many keys were deleted; null if Redis, or one of its servers, can't be reached.</returns>
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

    /// <summary>Returns a pattern that matches only this text.</summary>
    public static string Literal(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return string.Concat(
            text.Select(static letter => letter is '*' or '?' or '[' or ']' or '\\' or '^' ? "\\" + letter : letter.ToString())
        );
    }

    /// <summary>Closes the way without a word: nobody has a question any more, and Redis may end before this process does.</summary>
    /// <param name="cancellationToken">Ends the wait for the probes.</param>
    public override Task StopAsync(CancellationToken cancellationToken)
    {
        _stopped = true;
        _open = false;
        return base.StopAsync(cancellationToken);
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
                _open = !_stopped;
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
        // One key per command, though pipelined: in a cluster, a command may not name keys from several slots.
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
        long began = 0;
        try
        {
            // Connecting blocks its thread.
            _connection ??= await Task.Run(connect);
            began = _time.GetTimestamp();
            asked = _connection.GetDatabase().PingAsync();
            await asked.WaitAsync(ProbeInterval, _time);
            return true;
        }
        catch (Exception)
        {
            // Whatever it was, the next probe may succeed, and an exception that escaped from here would end the service.
            Forget(asked, began);
            return false;
        }
    }

    private void Close(string reason)
    {
        Failed?.Invoke(reason);
        if (!Interlocked.Exchange(ref _open, false) || _stopped)
        {
            return;
        }

        Log.Closed(_logger, reason);
        _closed.Release();
    }

    // Nobody is interested in its answer or exception any more, only in how long it took.
    private void Forget(Task? task, long began) =>
        task?.ContinueWith(
            ended =>
            {
                _ = ended.Exception;
                if (ended.IsCompletedSuccessfully)
                {
                    _measured.Took(_time.GetElapsedTime(began));
                }
            },
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
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
/// <typeparam name="T">The type of the answer.</typeparam>
public readonly record struct RedisReply<T>
{
    /// <summary>An answer that arrived.</summary>
    public RedisReply(T value)
    {
        Value = value;
        Came = true;
    }

    /// <summary>Whether there was an answer.</summary>
    public bool Came { get; }

    /// <summary>The answer; the default value if there was none.</summary>
    public T? Value { get; }
}
