using ImageToText.ServiceDefaults.Resilience;

namespace ImageToText.ServiceDefaults.Tests;

public sealed class PeriodicRoundsTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_round_that_fails_or_takes_too_long_does_not_end_the_others(bool atOnce)
    {
        using var stopping = new CancellationTokenSource();
        var failures = new List<Type>();
        int calls = 0;
        await PeriodicRounds.RunAsync(
            TimeSpan.FromMilliseconds(1),
            TimeProvider.System,
            _ =>
            {
                switch (++calls)
                {
                    case 1:
                        throw new TaskCanceledException("a timeout of its own");
                    case 2:
                        throw new InvalidOperationException();
                    default:
                        stopping.Cancel();
                        throw new InvalidOperationException("while stopping");
                }
            },
            failure => failures.Add(failure.GetType()),
            stopping.Token,
            atOnce
        );

        Assert.Equal(3, calls);
        Assert.Equal([typeof(TaskCanceledException), typeof(InvalidOperationException)], failures);
    }
}
