namespace ImageToText.Gateway.Intake;

/// <summary>
/// Cuts off an upload that is too slow. After n bytes it may have taken the grace time plus n divided by the minimum rate, and
/// never more than the timeout, except for files of requests: these may be large, and hold no memory while they arrive.
/// </summary>
internal sealed class UploadPace : IDisposable
{
    private readonly TimeProvider _time;
    private readonly IntakeOptions _options;
    private readonly TimeSpan _longest;
    private readonly CancellationTokenSource _cut = new();
    private readonly ITimer _timer;
    private readonly long _start;
    private long _bytes;

    public UploadPace(IntakeOptions options, TimeProvider time, bool isFile = false)
    {
        _options = options;
        _longest = isFile ? TimeSpan.MaxValue : options.Timeout;
        _time = time;
        _start = time.GetTimestamp();
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
    public void Received(int bytes) => Interlocked.Add(ref _bytes, bytes);

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
        return paced < _longest ? paced : _longest;
    }
}
