using Polly;
using Polly.Retry;

namespace ImageToText.ServiceDefaults.Resilience;

/// <summary>Repeats what has to succeed in the end: after each failure comes a pause, twice as long as the last up to the longest.</summary>
public static class EndlessRetry
{
    /// <summary>Makes the policy. It ends only with success, or when its caller cancels.</summary>
    /// <param name="first">The pause after the first failure.</param>
    /// <param name="longest">The longest pause.</param>
    /// <param name="time">The clock of the pauses.</param>
    /// <param name="failed">Told of each failure before the pause, with the number of failures in a row.</param>
    public static ResiliencePipeline Build(TimeSpan first, TimeSpan longest, TimeProvider time, Action<Exception, int> failed)
    {
        ArgumentNullException.ThrowIfNull(failed);
        return new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(
                new RetryStrategyOptions
                {
                    // A call of its own that came too late is repeated; a caller that ends is not.
                    ShouldHandle = static args =>
                        ValueTask.FromResult(args.Outcome.Exception is not null && !args.Context.CancellationToken.IsCancellationRequested),
                    MaxRetryAttempts = int.MaxValue,
                    BackoffType = DelayBackoffType.Exponential,
                    Delay = first < longest ? first : longest,
                    MaxDelay = longest,
                    OnRetry = args =>
                    {
                        failed(args.Outcome.Exception!, args.AttemptNumber + 1);
                        return ValueTask.CompletedTask;
                    },
                }
            )
            .Build();
    }
}
