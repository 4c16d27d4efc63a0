using Polly;
using Polly.Retry;

namespace ImageToText.ServiceDefaults.Resilience;

/// <summary>
/// Repeats what has to succeed in the end: after each failure comes a pause, twice as long as the last up to the longest.
/// </summary>
/// <param name="first">The pause after the first failure.</param>
/// <param name="longest">The longest pause.</param>
/// <param name="time">The clock of the pauses.</param>
public sealed class EndlessRetry(TimeSpan first, TimeSpan longest, TimeProvider time)
{
    /// <summary>Does something again and again, as the work of a background service. Only the service's end ends it.</summary>
    /// <param name="round">Does it once; it may wait for something to do.</param>
    /// <param name="failed">Told of each failure before the pause, with the number of failures in a row.</param>
    /// <param name="stoppingToken">The service ends.</param>
    public async Task RepeatAsync(Func<CancellationToken, ValueTask> round, Action<Exception, int> failed, CancellationToken stoppingToken)
    {
        var untilDone = Build(static _ => true, failed);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await untilDone.ExecuteAsync(round, stoppingToken);
            }
            catch (Exception) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    /// <summary>Does something until it succeeds once.</summary>
    /// <param name="work">Does it.</param>
    /// <param name="passes">Whether a failure can pass; any other is thrown.</param>
    /// <param name="failed">Told of each failure before the pause, with the number of failures in a row.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    public async Task UntilDoneAsync(
        Func<CancellationToken, ValueTask> work,
        Func<Exception, bool> passes,
        Action<Exception, int> failed,
        CancellationToken cancellationToken
    ) => await Build(passes, failed).ExecuteAsync(work, cancellationToken);

    private ResiliencePipeline Build(Func<Exception, bool> passes, Action<Exception, int> failed) =>
        new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(
                new RetryStrategyOptions
                {
                    // A call of its own that came too late is repeated; a service that ends is not.
                    ShouldHandle = args =>
                        ValueTask.FromResult(
                            args.Outcome.Exception is { } failure
                                && passes(failure)
                                && !args.Context.CancellationToken.IsCancellationRequested
                        ),
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
