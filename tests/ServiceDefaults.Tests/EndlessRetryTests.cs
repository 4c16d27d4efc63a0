using ImageToText.ServiceDefaults.Resilience;

namespace ImageToText.ServiceDefaults.Tests;

public sealed class EndlessRetryTests
{
    private readonly NoWaiting _time = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_pause_doubles_after_each_failure_up_to_the_longest_and_success_ends_it()
    {
        var failures = new List<(Type Failure, int InRow)>();
        int calls = 0;
        var retry = EndlessRetry.Build(
            TimeSpan.FromSeconds(1),
            TimeSpan.FromSeconds(5),
            _time,
            (failure, inRow) => failures.Add((failure.GetType(), inRow))
        );
        for (int round = 0; round < 2; round++)
        {
            calls = 0;
            await retry.ExecuteAsync(_ => ++calls == 6 ? ValueTask.CompletedTask : throw new InvalidOperationException(), Cancelled);
        }

        double[] once = [1, 2, 4, 5, 5];
        Assert.Equal([.. once, .. once], _time.Pauses.Select(static pause => pause.TotalSeconds));
        Assert.Equal([1, 2, 3, 4, 5, 1, 2, 3, 4, 5], failures.Select(static failure => failure.InRow));
        Assert.All(failures, static failure => Assert.Equal(typeof(InvalidOperationException), failure.Failure));
    }

    [Fact]
    public async Task A_caller_who_cancels_ends_it_and_a_call_that_came_too_late_does_not()
    {
        using var caller = new CancellationTokenSource();
        int calls = 0;
        var retry = EndlessRetry.Build(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), _time, static (_, _) => { });
        await Assert.ThrowsAsync<OperationCanceledException>(async () =>
            await retry.ExecuteAsync(
                cancellationToken =>
                {
                    if (++calls == 3)
                    {
                        caller.Cancel();
                    }

                    throw new OperationCanceledException(cancellationToken);
                },
                caller.Token
            )
        );
        Assert.Equal(3, calls);
    }

    /// <summary>A clock whose pauses are over at once, and are noted.</summary>
    private sealed class NoWaiting : TimeProvider
    {
        public List<TimeSpan> Pauses { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Pauses.Add(dueTime);
            return System.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}
