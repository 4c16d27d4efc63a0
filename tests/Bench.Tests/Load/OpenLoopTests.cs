using ImageToText.Bench.Load;
using Microsoft.Extensions.Time.Testing;

namespace ImageToText.Bench.Tests.Load;

/// <summary>A service that delays its callers must not look fast.</summary>
public sealed class OpenLoopTests
{
    [Fact]
    public async Task Requests_are_sent_when_due_even_if_none_is_answered_and_their_wait_counts_from_then()
    {
        var time = new FakeTimeProvider();
        var answer = new TaskCompletionSource();
        int sent = 0;
        TimeSpan[] due = [.. Enumerable.Range(0, 10).Select(static i => TimeSpan.FromMilliseconds(100 * i))];
        var loop = new OpenLoop(time).RunAsync(
            due,
            async (_, _) =>
            {
                Interlocked.Increment(ref sent);
                await answer.Task;
                return Outcome.Answered;
            },
            TestContext.Current.CancellationToken
        );
        for (int i = 1; i < due.Length; i++)
        {
            int before = i;
            await Eventually.HoldsAsync(() => Volatile.Read(ref sent) == before);
            time.Advance(TimeSpan.FromMilliseconds(100));
        }

        await Eventually.HoldsAsync(() => Volatile.Read(ref sent) == due.Length);
        time.Advance(TimeSpan.FromMilliseconds(100));
        answer.SetResult();

        var arrivals = await loop;
        Assert.Equal(due, arrivals.Select(static arrival => arrival.Sent));
        Assert.Equal(due.Select(static at => TimeSpan.FromSeconds(1) - at), arrivals.Select(static arrival => arrival.Latency));
    }

    [Fact]
    public async Task A_request_sent_late_has_waited_since_it_was_due()
    {
        var time = new FakeTimeProvider();
        var arrivals = await new OpenLoop(time).RunAsync(
            [TimeSpan.Zero, TimeSpan.Zero],
            (i, _) =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return Task.FromResult(i == 0 ? Outcome.Answered : Outcome.Refused);
            },
            TestContext.Current.CancellationToken
        );
        Assert.Equal([Outcome.Answered, Outcome.Refused], arrivals.Select(static arrival => arrival.Outcome));
        Assert.Equal(TimeSpan.FromSeconds(2), arrivals.Max(static arrival => arrival.Latency));
        Assert.Equal(
            TimeSpan.FromSeconds(3),
            new Arrival(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(4), Outcome.Answered).Latency
        );
    }
}
