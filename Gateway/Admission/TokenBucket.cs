namespace ImageToText.Gateway.Admission;

/// <summary>
/// A rate with a burst, in the form of the generic cell rate algorithm (ITU-T I.371). It is one number: the moment at which the
/// bucket would be full again.
/// </summary>
internal sealed class TokenBucket(double perSecond, int burst, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly long _interval = Math.Max(1, (long)(time.TimestampFrequency / perSecond));
    private long _fullAt = time.GetTimestamp();

    /// <summary>The rate, in requests per second.</summary>
    public double PerSecond { get; } = perSecond;

    /// <summary>How many requests may come at once.</summary>
    public int Burst { get; } = burst;

    /// <summary>How many requests may come now, and how long until the bucket is full again.</summary>
    public (int Remaining, TimeSpan FullIn) State
    {
        get
        {
            lock (_gate)
            {
                long owed = Math.Max(0, _fullAt - time.GetTimestamp());
                int remaining = (int)Math.Max(0, ((Burst * _interval) - owed) / _interval);
                return (remaining, TimeSpan.FromSeconds((double)owed / time.TimestampFrequency));
            }
        }
    }

    /// <summary>Takes <paramref name="count"/> places, or says how long to wait for them.</summary>
    public TimeSpan? TryTake(int count = 1)
    {
        lock (_gate)
        {
            long now = time.GetTimestamp();
            long fullAt = Math.Max(_fullAt, now) + (count * _interval);
            long wait = fullAt - now - (Burst * _interval);
            if (wait > 0)
            {
                return TimeSpan.FromSeconds((double)wait / time.TimestampFrequency);
            }

            _fullAt = fullAt;
            return null;
        }
    }
}
