namespace ImageToText.Captioning.Scheduling;

/// <summary>
/// Counts the requests that wait. Those that yield are counted apart, so that they never fill the places of the others.
/// </summary>
/// <param name="capacity">How many of each kind may wait.</param>
internal sealed class WaitingRoom(int capacity)
{
    private int _first;
    private int _yielding;

    /// <summary>Requests that wait, of both kinds.</summary>
    public int Count => Volatile.Read(ref _first) + Yielding;

    /// <summary>Those among them that let all others go first.</summary>
    public int Yielding => Volatile.Read(ref _yielding);

    /// <summary>Lets one in.</summary>
    /// <exception cref="CaptionQueueFullException">Too many of its kind are waiting.</exception>
    public void Enter(bool yields)
    {
        if (Interlocked.Increment(ref Of(yields)) > capacity)
        {
            Leave(yields);
            throw new CaptionQueueFullException(capacity);
        }
    }

    /// <summary>One has a place in the batch, or has left.</summary>
    public void Leave(bool yields) => Interlocked.Decrement(ref Of(yields));

    private ref int Of(bool yields) => ref yields ? ref _yielding : ref _first;
}
