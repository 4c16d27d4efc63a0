namespace ImageToText.Captioning.Scheduling;

/// <summary>
/// Limits how much requests that yield slow down the others. While one of the others is in the batch, it stands still for each picture
/// that is encoded for somebody else. So such pictures are spaced out: they get at most a share of the time. Not thread-safe.
/// </summary>
internal sealed class LentTime(TimeProvider clock)
{
    /// <summary>The share of the time.</summary>
    public const double Share = 0.15;

    private TimeSpan _each;
    private long _since;
    private TimeSpan _pause;
    private bool _anyone;

    /// <summary>Says whether a request that does not yield is in the batch.</summary>
    public void Look(bool anyone)
    {
        if (anyone && !_anyone)
        {
            (_since, _pause) = (clock.GetTimestamp(), _each / Share);
        }

        _anyone = anyone;
    }

    /// <summary>Whether a picture of a request that yields may be encoded now.</summary>
    public bool Allows() => !_anyone || clock.GetElapsedTime(_since) >= _pause;

    /// <summary>Some were encoded.</summary>
    public void Encoded(TimeSpan took)
    {
        _each = took;
        (_since, _pause) = (clock.GetTimestamp(), took * ((1 - Share) / Share));
    }
}
