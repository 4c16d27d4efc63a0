namespace ImageToText.Gateway.Intake;

/// <summary>
/// The room granted to one upload before its first byte was requested. So an admitted upload can finish, and a refused one is
/// told before it sends its body. Whatever it needs beyond that is taken from the shared room as it arrives.
/// </summary>
internal sealed class Allowance : IDisposable
{
    private long _left;

    /// <summary>Takes room for <paramref name="bytes"/>.</summary>
    /// <exception cref="Errors.RefusalException">429: there is no room.</exception>
    public Allowance(InFlightBytes room, long bytes)
    {
        room.Acquire(bytes);
        Room = room;
        _left = bytes;
    }

    /// <summary>The shared room.</summary>
    public InFlightBytes Room { get; }

    /// <summary>Transfers room for <paramref name="bytes"/>; whoever takes it returns it to <see cref="Room"/>.</summary>
    /// <exception cref="Errors.RefusalException">429: more is needed than was granted, and there is no room.</exception>
    public void Take(long bytes)
    {
        long granted = Math.Min(bytes, _left);
        Room.Acquire(bytes - granted);
        _left -= granted;
    }

    /// <summary>Returns what was not used.</summary>
    public void Dispose()
    {
        Room.Release(_left);
        _left = 0;
    }
}
