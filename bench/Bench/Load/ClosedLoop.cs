using System.Diagnostics;

namespace ImageToText.Bench.Load;

/// <summary>Several callers that each send the next request when they have the answer to the last.</summary>
internal static class ClosedLoop
{
    // A refused caller comes back, but not so soon that the service is measured at refusing.
    private static readonly TimeSpan AfterRefusal = TimeSpan.FromMilliseconds(200);

    /// <summary>Answered requests per second with all callers busy.</summary>
    /// <param name="callers">Concurrent requests.</param>
    /// <param name="leadIn">How long before answers count.</param>
    /// <param name="length">How long they count; if none arrives in that time, until the first one does.</param>
    /// <param name="send">Sends a request.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="InvalidOperationException">A request failed.</exception>
    public static async Task<double> RateAsync(
        int callers,
        TimeSpan leadIn,
        TimeSpan length,
        Func<CancellationToken, Task<Outcome>> send,
        CancellationToken cancellationToken
    )
    {
        long began = Stopwatch.GetTimestamp();
        int count = 0;
        var counted = length;
        await Task.WhenAll(
            Enumerable
                .Range(0, callers)
                .Select(_ =>
                    Task.Run(
                        async () =>
                        {
                            while (Stopwatch.GetElapsedTime(began) < leadIn + length || Volatile.Read(ref count) == 0)
                            {
                                var outcome = await send(cancellationToken);
                                var elapsed = Stopwatch.GetElapsedTime(began);
                                switch (outcome)
                                {
                                    case Outcome.Answered:
                                        if (elapsed >= leadIn && elapsed < leadIn + length)
                                        {
                                            Interlocked.Increment(ref count);
                                        }
                                        else if (elapsed >= leadIn && Interlocked.CompareExchange(ref count, 1, 0) == 0)
                                        {
                                            counted = elapsed - leadIn;
                                        }

                                        break;
                                    case Outcome.Refused:
                                        await Task.Delay(AfterRefusal, cancellationToken);
                                        break;
                                    default:
                                        throw new InvalidOperationException("A request failed.");
                                }
                            }
                        },
                        cancellationToken
                    )
                )
        );
        return count / counted.TotalSeconds;
    }

    /// <summary>Sends a number of requests and waits for their answers.</summary>
    /// <param name="callers">Concurrent requests.</param>
    /// <param name="requests">How many.</param>
    /// <param name="send">Sends the request with an index.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>How long it took.</returns>
    public static async Task<TimeSpan> SendAsync(
        int callers,
        int requests,
        Func<int, CancellationToken, Task> send,
        CancellationToken cancellationToken
    )
    {
        long began = Stopwatch.GetTimestamp();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, requests),
            new ParallelOptions { MaxDegreeOfParallelism = callers, CancellationToken = cancellationToken },
            async (index, cancellation) => await send(index, cancellation)
        );
        return Stopwatch.GetElapsedTime(began);
    }
}
