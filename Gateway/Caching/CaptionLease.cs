using ImageToText.ServiceDefaults.Redis;
using StackExchange.Redis;

namespace ImageToText.Gateway.Caching;

/// <summary>
/// The lock of a caption that is being made. It is renewed while held, released at the end, and expires if its gateway dies.
/// </summary>
internal sealed class CaptionLease : IAsyncDisposable
{
    private readonly RedisLink _redis;
    private readonly RedisKey _key;
    private readonly RedisValue _token;
    private readonly TimeSpan _length;
    private readonly TimeSpan _patience;
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _renewing;
    private int _disposed;

    /// <summary>Starts to renew a lock that was just taken.</summary>
    public CaptionLease(RedisLink redis, RedisKey key, RedisValue token, TimeSpan length, TimeSpan patience, TimeProvider time)
    {
        _redis = redis;
        _key = key;
        _token = token;
        _length = length;
        _patience = patience;
        _renewing = RenewAsync(time);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _ended.CancelAsync();
        await _renewing;
        _ended.Dispose();
        await _redis.AskAsync(database => database.LockReleaseAsync(_key, _token), _patience);
    }

    private async Task RenewAsync(TimeProvider time)
    {
        using var timer = new PeriodicTimer(_length / 3, time);
        try
        {
            while (await timer.WaitForNextTickAsync(_ended.Token))
            {
                await _redis.AskAsync(database => database.LockExtendAsync(_key, _token, _length), _patience);
            }
        }
        catch (OperationCanceledException)
        {
            // The caption has been made.
        }
    }
}
