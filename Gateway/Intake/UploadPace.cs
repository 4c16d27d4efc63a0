namespace ImageToText.Gateway.Intake;

/// <summary>
/// Cuts off an upload that is too slow. After n bytes it may have taken the grace time plus n divided by the minimum rate, and
/// never more than the timeout. Files of requests may be large, and hold no memory while they arrive: for them, the timeout is how long
/// no byte may come.
/// </summary>
internal sealed class UploadPace : IDisposable
{
    private readonly TimeProvider _time;
    private readonly IntakeOptions _options;
    private readonly bool _isFile;
    private readonly CancellationTokenSource _cut = new();
    private readonly ITimer _timer;
    private readonly long _start;
    private long _bytes;
    private long _last;

    public UploadPace(IntakeOptions options, TimeProvider time, bool isFile = false)
    {
        _options = options;
        _isFile = isFile;
        _time = time;
        _start = time.GetTimestamp();
        _last = _start;
        _timer = time.CreateTimer(
            static state => ((UploadPace)state!).Check(),
            this,
            options.Grace,
            System.Threading.Timeout.InfiniteTimeSpan
        );
    }

    /// <summary>Cancelled when the upload is too slow.</summary>
    public CancellationToken CutOff => _cut.Token;

    /// <summary>Records that <paramref name="bytes"/> more have arrived.</summary>
    public void Received(int bytes)
    {
        Interlocked.Add(ref _bytes, bytes);
        Volatile.Write(ref _last, _time.GetTimestamp());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer.Dispose();
        _cut.Dispose();
    }

    // The timer is set to the moment at which the bytes so far would be too few, and checks again then. An upload that keeps its
    // pace costs one timer, not one per read.
    private void Check()
    {
        var left = Allowed() - _time.GetElapsedTime(_start);
        try
        {
            if (left <= TimeSpan.Zero)
            {
                _cut.Cancel();
            }
            else
            {
                _timer.Change(left + TimeSpan.FromMilliseconds(1), System.Threading.Timeout.InfiniteTimeSpan);
            }
        }
        catch (ObjectDisposedException)
        {
            // The upload ended while the timer was firing.
        }
    }

    private TimeSpan Allowed()
    {
        var paced = _options.Grace + TimeSpan.FromSeconds(Interlocked.Read(ref _bytes) / _options.MinBytesPerSecond);
        var longest = _isFile ? _time.GetElapsedTime(_start, Volatile.Read(ref _last)) + _options.Timeout : _options.Timeout;
        return paced < longest ? paced : longest;
    }
}
