using ImageToText.ServiceDefaults.Resilience;

namespace ImageToText.ServiceDefaults.Tests;

public sealed class EndlessRetryTests
{
    private readonly NoWaiting _time = new();

    [Fact]
    public async Task The_pause_doubles_after_each_failure_up_to_the_longest_and_begins_anew_after_success()
    {
        using var stopping = new CancellationTokenSource();
        var failures = new List<(Type Failure, int InRow)>();
        int calls = 0;
        await new EndlessRetry(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), _time).RepeatAsync(
            cancellationToken =>
            {
                Assert.Equal(stopping.Token, cancellationToken);
                if (++calls == 12)
                {
                    stopping.Cancel();
                }

                return calls % 6 == 0 ? ValueTask.CompletedTask : throw new InvalidOperationException();
            },
            (failure, inRow) => failures.Add((failure.GetType(), inRow)),
            stopping.Token
        );

        Assert.Equal([1, 2, 4, 5, 5, 1, 2, 4, 5, 5], _time.Pauses.Select(static pause => pause.TotalSeconds));
        Assert.Equal([1, 2, 3, 4, 5, 1, 2, 3, 4, 5], failures.Select(static failure => failure.InRow));
        Assert.All(failures, static failure => Assert.Equal(typeof(InvalidOperationException), failure.Failure));
        Assert.Equal(12, calls);
    }

    [Fact]
    public async Task A_call_that_came_too_late_is_repeated_and_whatever_fails_at_the_end_does_not_escape()
    {
        using var stopping = new CancellationTokenSource();
        int calls = 0;
        await new EndlessRetry(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), _time).RepeatAsync(
            _ =>
            {
                if (++calls == 3)
                {
                    stopping.Cancel();
                    throw new InvalidOperationException();
                }

                throw new OperationCanceledException();
            },
            static (failure, _) => Assert.IsType<OperationCanceledException>(failure),
            stopping.Token
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
