namespace ImageToText.Gateway.Intake;

/// <summary>
/// The room that one upload was granted before the first of its bytes was asked for, so that an admitted upload finishes and a refused
/// one is told so before it has sent its body. What it needs beyond that is taken from the common room as it comes.
/// </summary>
internal sealed class Allowance : IDisposable
{
    private long _left;

    /// <summary>Takes room for <paramref name="bytes"/>.</summary>
    /// <exception cref="Errors.RefusalException">429: there is none.</exception>
    public Allowance(InFlightBytes room, long bytes)
    {
        room.Acquire(bytes);
        Room = room;
        _left = bytes;
    }

    /// <summary>The common room.</summary>
    public InFlightBytes Room { get; }

    /// <summary>Hands over room for <paramref name="bytes"/>: who takes it gives it back to <see cref="Room"/>.</summary>
    /// <exception cref="Errors.RefusalException">429: more is needed than was granted, and there is none.</exception>
    public void Take(long bytes)
    {
        long granted = Math.Min(bytes, _left);
        Room.Acquire(bytes - granted);
        _left -= granted;
    }

    /// <summary>Gives back what was not taken.</summary>
    public void Dispose()
    {
        Room.Release(_left);
        _left = 0;
    }
}
