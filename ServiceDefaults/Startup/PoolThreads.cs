namespace ImageToText.ServiceDefaults.Startup;

/// <summary>
/// Keeps more threads in the pool than there are processors. Writes to SQLite and to the journal, and the decoding of pictures, hold a
/// thread each, and the pool adds threads beyond its minimum slowly. With one for each processor, requests that somebody waits for
/// would wait for a thread behind the items of a job.
/// </summary>
internal static class PoolThreads
{
    private const int Least = 16;

    /// <summary>Raises the pool's minimum, unless it is higher.</summary>
    public static void Raise()
    {
        ThreadPool.GetMinThreads(out int workers, out int completions);
        if (workers < Least)
        {
            ThreadPool.SetMinThreads(Least, completions);
        }
    }
}
