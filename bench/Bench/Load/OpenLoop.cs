namespace ImageToText.Bench.Load;

/// <summary>How a request ended.</summary>
internal enum Outcome
{
    /// <summary>With a caption.</summary>
    Answered,

    /// <summary>Told to come back later (429).</summary>
    Refused,

    /// <summary>In some other way.</summary>
    Failed,
}

/// <summary>One request of an open loop; times count from the start of the loop.</summary>
/// <param name="Due">When it should have been sent.</param>
/// <param name="Sent">When it was sent.</param>
/// <param name="Done">When its answer had arrived.</param>
/// <param name="Outcome">How it ended.</param>
internal readonly record struct Arrival(TimeSpan Due, TimeSpan Sent, TimeSpan Done, Outcome Outcome)
{
    /// <summary>
    /// Counted from when it was due. A request's wait to be sent is the service's fault too; otherwise a service that holds up
    /// its callers would look fast (coordinated omission).
    /// </summary>
    public TimeSpan Latency => Done - Due;
}

/// <summary>Sends requests at predetermined times, no matter how long earlier answers take.</summary>
internal sealed class OpenLoop(TimeProvider time)
{
    /// <summary>Sends them all and waits for the answers.</summary>
    /// <param name="due">When to send each one, in order.</param>
    /// <param name="send">Sends the request with an index.</param>
    /// <param name="cancellationToken">Stops sending.</param>
    public async Task<Arrival[]> RunAsync(
        IReadOnlyList<TimeSpan> due,
        Func<int, CancellationToken, Task<Outcome>> send,
        CancellationToken cancellationToken
    )
    {
        long start = time.GetTimestamp();
        var under = new Task<Arrival>[due.Count];
        for (int i = 0; i < due.Count; i++)
        {
            // Timers count milliseconds, so it waits until the next whole one and never sends early. The delay is part of the
            // latency.
            double wait = Math.Ceiling((due[i] - time.GetElapsedTime(start)).TotalMilliseconds);
            if (wait > 0)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(wait), time, cancellationToken);
            }

            under[i] = SendAsync(i);
        }

        return await Task.WhenAll(under);

        async Task<Arrival> SendAsync(int index)
        {
            var sent = time.GetElapsedTime(start);
            // Preparing one request must not delay the next.
            await Task.Yield();
            var outcome = await send(index, cancellationToken);
            return new Arrival(due[index], sent, time.GetElapsedTime(start), outcome);
        }
    }
}
