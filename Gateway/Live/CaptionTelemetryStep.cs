using System.Runtime.CompilerServices;
using ImageToText.Contracts;
using ImageToText.Contracts.Ledger;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Pipeline;
using ImageToText.Gateway.Registry;

namespace ImageToText.Gateway.Live;

/// <summary>
/// The outermost step: counts the outcome of each caption and logs it, whichever dialect or batch asked for it.
/// </summary>
internal sealed partial class CaptionTelemetryStep(
    LiveWindow window,
    RecentErrors errors,
    Network network,
    TimeProvider time,
    ILogger<CaptionTelemetryStep> logger
) : ICaptionStep
{
    /// <inheritdoc/>
    public async Task<CaptionAnswer> CaptionAsync(CaptionRequest request, CaptionDelegate next, CancellationToken cancellationToken)
    {
        window.Began();
        bool streams = false;
        try
        {
            var answer = await next(request, cancellationToken);
            if (answer.Updates is { } updates)
            {
                streams = true;
                return answer with { Updates = WatchAsync(request, answer, updates, cancellationToken) };
            }

            Delivered(request, answer, answer.Whole!);
            return answer;
        }
        catch (RefusalException refused)
        {
            errors.Refused(refused, request.RequestId, request.ModelId, request.IsItem);
            throw;
        }
        finally
        {
            if (!streams)
            {
                window.Ended();
            }
        }
    }

    private async IAsyncEnumerable<AnswerUpdate> WatchAsync(
        CaptionRequest request,
        CaptionAnswer answer,
        IAsyncEnumerable<AnswerUpdate> updates,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await using var all = updates.GetAsyncEnumerator(cancellationToken);
        bool isCutOff = false;
        try
        {
            while (await NextAsync())
            {
                isCutOff = all.Current.Whole is null;
                if (all.Current.Whole is { } whole)
                {
                    Delivered(request, answer, whole);
                }

                yield return all.Current;
            }
        }
        finally
        {
            window.Ended();
            if (isCutOff)
            {
                // By the caller, who has paid for it.
                window.Delivered(answer.Cache, 0, answer.Charge.CostUsd, time.GetElapsedTime(request.AdmittedAt));
            }
        }

        async ValueTask<bool> NextAsync()
        {
            try
            {
                return await all.MoveNextAsync();
            }
            catch (Exception failure)
            {
                isCutOff &= failure is OperationCanceledException;
                if (failure is RefusalException refused)
                {
                    errors.Refused(refused, request.RequestId, request.ModelId, request.IsItem);
                }

                throw;
            }
        }
    }

    private void Delivered(CaptionRequest request, CaptionAnswer answer, CaptionResponse caption)
    {
        var elapsed = time.GetElapsedTime(request.AdmittedAt);
        // An item lets others go first, which says nothing about how long those wait.
        window.Delivered(answer.Cache, CaptionAnswer.TokensOf(caption) ?? 0, answer.Charge.CostUsd, request.IsItem ? null : elapsed);
        if (!request.IsItem && answer.Charge.NodeId is { } node)
        {
            network.StatsOf(node).Latencies.Add(elapsed.TotalMilliseconds);
        }

        Log.Captioned(logger, request.RequestId, answer.Cache, elapsed.TotalMilliseconds, answer.Charge.CostUsd);
    }

    private static partial class Log
    {
        [LoggerMessage(2501, LogLevel.Information, "Captioned {RequestId}: cache {Cache}, {Milliseconds:F0} ms, {CostUsd} USD.")]
        public static partial void Captioned(ILogger logger, string requestId, CacheOutcome cache, double milliseconds, decimal costUsd);
    }
}
