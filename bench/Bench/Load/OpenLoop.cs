namespace ImageToText.Bench.Load;

/// <summary>How a request ended.</summary>
internal enum Outcome
{
    /// <summary>With a caption.</summary>
    Answered,

    /// <summary>Told to come again later (429).</summary>
    Refused,

    /// <summary>In any other way.</summary>
    Failed,
}

/// <summary>One request of an open loop; times count from the loop's start.</summary>
/// <param name="Due">When it was to be sent.</param>
/// <param name="Sent">When it was.</param>
/// <param name="Done">When its answer was there.</param>
/// <param name="Outcome">How it ended.</param>
internal readonly record struct Arrival(TimeSpan Due, TimeSpan Sent, TimeSpan Done, Outcome Outcome)
{
    /// <summary>
    /// From when it was due: time that it had to wait to be sent is the service's too, or a service that holds its callers up would look
    /// fast (coordinated omission).
    /// </summary>
    public TimeSpan Latency => Done - Due;
}

/// <summary>Sends requests at times set beforehand, however long the answers to earlier ones take.</summary>
internal sealed class OpenLoop(TimeProvider time)
{
    /// <summary>Sends them all and waits for the answers.</summary>
    /// <param name="due">When to send each, in order.</param>
    /// <param name="send">Sends the request of an index.</param>
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
            // Timers count milliseconds: the next whole one, so that nothing is sent early; what it is late is in its latency.
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
            // What a request needs before it is on its way must not hold the next one up.
            await Task.Yield();
            var outcome = await send(index, cancellationToken);
            return new Arrival(due[index], sent, time.GetElapsedTime(start), outcome);
        }
    }
}
