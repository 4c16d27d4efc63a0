namespace ImageToText.Captioning.Preprocessing;

/// <summary>Counts what is still being decoded although nobody waits for it any more, because it can't be stopped.</summary>
internal sealed class LateDecodes
{
    private int _count;

    /// <summary>How many there are now.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Counts one until it has ended, and disposes of its result.</summary>
    /// <param name="decoding">It.</param>
    public void Add<T>(Task<T> decoding)
        where T : IDisposable
    {
        Interlocked.Increment(ref _count);
        decoding.ContinueWith(
            late =>
            {
                Interlocked.Decrement(ref _count);
                if (late.IsCompletedSuccessfully)
                {
                    late.Result.Dispose();
                }
                else
                {
                    // Nobody is there to be told.
                    _ = late.Exception;
                }
            },
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default
        );
    }
}
