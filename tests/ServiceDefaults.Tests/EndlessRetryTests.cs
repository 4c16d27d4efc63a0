using ImageToText.ServiceDefaults.Resilience;

namespace ImageToText.ServiceDefaults.Tests;

public sealed class EndlessRetryTests
{
    private readonly NoWaiting _time = new();

    [Fact]
    public async Task The_pause_doubles_after_each_failure_up_to_a_maximum_and_resets_after_success()
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
    public async Task A_call_that_timed_out_is_repeated_and_failures_while_stopping_do_not_escape()
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

    /// <summary>A clock that ends pauses at once and records them.</summary>
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
