namespace ImageToText.ServiceDefaults.Redis;

/// <summary>
/// How long to wait for Redis, by how long it has taken lately: twice the slowest answer of the last half to whole minute, and twice
/// as long after a wait in vain. A store on a busy machine is slow, not gone.
/// </summary>
internal sealed class MeasuredPatience(TimeProvider time)
{
    // A store that is gone must cost no request much more than the patience configured.
    private const int Most = 20;
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private long _began = time.GetTimestamp();
    private TimeSpan _slowest;
    private TimeSpan _slowestBefore;
    private TimeSpan _least;

    /// <summary>How long to wait now.</summary>
    /// <param name="asked">The patience configured, which is the least.</param>
    public TimeSpan Allow(TimeSpan asked)
    {
        lock (_gate)
        {
            Turn();
            var most = asked.Ticks > TimeSpan.MaxValue.Ticks / Most ? asked : asked * Most;
            var slowest = Longer(_slowest, _slowestBefore);
            var wanted = Longer(_least, slowest > most ? most : slowest * 2);
            return wanted > most ? most : Longer(wanted, asked);
        }
    }

    /// <summary>An answer came, in time or too late.</summary>
    public void Took(TimeSpan took)
    {
        lock (_gate)
        {
            Turn();
            _slowest = Longer(_slowest, took);
            _least = TimeSpan.Zero;
        }
    }

    /// <summary>No answer came within <paramref name="waited"/>.</summary>
    public void WaitedInVain(TimeSpan waited)
    {
        lock (_gate)
        {
            _least = waited < TimeSpan.MaxValue / 2 ? waited * 2 : waited;
        }
    }

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private void Turn()
    {
        var passed = time.GetElapsedTime(_began);
        if (passed >= Period)
        {
            _slowestBefore = passed < 2 * Period ? _slowest : TimeSpan.Zero;
            _slowest = TimeSpan.Zero;
            _began = time.GetTimestamp();
        }
    }
}
