using ImageToText.Contracts.Ledger;
using ImageToText.Gateway.Billing.Budgets;
using ImageToText.Gateway.Caching;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Pipeline;
using ImageToText.Gateway.Registry;
using ImageToText.Gateway.Selection;
using Microsoft.Extensions.Options;
using Polly;
using Polly.Hedging;
using Polly.Retry;
using Polly.Timeout;

namespace ImageToText.Gateway.Forwarding;

/// <summary>
/// The last step: gets the caption from a node. Attempts go from node to node until one delivers its first byte, or says that the
/// caller is at fault. With hedging, a second node is asked if the first takes longer than 95 of 100 captions do.
/// </summary>
internal sealed class ForwardingStep : ICaptionStep
{
    private static readonly ResiliencePropertyKey<Attempts> AttemptsKey = new("attempts");

    private readonly Network _network;
    private readonly NodeSelector _selector;
    private readonly KeyBudgets _budgets;
    private readonly NodeClient _client;
    private readonly LatencyWindow _latencies;
    private readonly decimal _hitPriceFactor;
    private readonly ResiliencePipeline<NodeAnswer> _pipeline;

    public ForwardingStep(
        Network network,
        NodeSelector selector,
        KeyBudgets budgets,
        NodeClient client,
        LatencyWindow latencies,
        IOptions<ForwardingOptions> options,
        IOptions<CacheOptions> cache,
        TimeProvider time
    )
    {
        _network = network;
        _selector = selector;
        _budgets = budgets;
        _client = client;
        _latencies = latencies;
        _hitPriceFactor = cache.Value.HitPriceFactor;
        _pipeline = Build(options.Value, time);
    }

    /// <inheritdoc/>
    public async Task<CaptionAnswer> CaptionAsync(CaptionRequest request, CaptionDelegate next, CancellationToken cancellationToken)
    {
        var attempts = new Attempts(request, request.ModelId!, _network, _selector, _budgets, _client);
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        context.Properties.Set(AttemptsKey, attempts);
        NodeAnswer answer;
        try
        {
            answer = await _pipeline.ExecuteAsync(
                static (context, attempts) => attempts.TryAsync(context.CancellationToken),
                context,
                attempts
            );
        }
        catch (TimeoutRejectedException late)
        {
            throw new RefusalException(attempts.MustWait ? Refusals.NodesDown(attempts.ModelId) : Refusals.TimedOut(), late);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }

        await using (answer)
        {
            if (answer.Outcome != AttemptOutcome.Delivered)
            {
                throw new RefusalException(attempts.Explain(answer));
            }

            answer.HandOn();
        }

        var offer = answer.Offer!;
        var charge = answer.Charge!;
        if (answer.Whole?.Details?.Sequences.Count is > 0 and var returned && returned < request.Parameters.Sequences)
        {
            charge = charge.For(offer.FactorOf(returned));
        }

        return new CaptionAnswer
        {
            Whole = answer.Whole,
            Updates = answer.Stream is { } stream ? Read(stream, cancellationToken) : null,
            ModelId = offer.ModelId,
            ModelRevision = answer.Revision ?? _network.View.RevisionOf(offer.ModelId, offer.Node.Id),
            Cache = answer.WasKnown ? CacheOutcome.Hit : CacheOutcome.Miss,
            // Cached by its pixels: a hit like any other, even though a node had to decode the picture.
            Charge = answer.WasKnown && request.PriceShare == 1 ? charge.Times(_hitPriceFactor) : charge,
            Reservation = answer.Reservation!,
            ServerTiming = answer.ServerTiming,
        };
    }

    private static async IAsyncEnumerable<AnswerUpdate> Read(
        NodeStream stream,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await using (stream)
        {
            await foreach (var update in stream.ReadAsync(cancellationToken))
            {
                yield return update;
            }
        }
    }

    private ResiliencePipeline<NodeAnswer> Build(ForwardingOptions options, TimeProvider time)
    {
        var builder = new ResiliencePipelineBuilder<NodeAnswer> { TimeProvider = time, Name = "caption-attempts" };
        builder.AddTimeout(new TimeoutStrategyOptions { Timeout = options.Timeout });
        if (options.MaxAttempts < 2)
        {
            return builder.Build();
        }

        if (options.Hedging)
        {
            builder.AddHedging(
                new HedgingStrategyOptions<NodeAnswer>
                {
                    MaxHedgedAttempts = Math.Min(options.MaxAttempts - 1, 10),
                    ShouldHandle = static args => ValueTask.FromResult(args.Outcome.Result is { GoesOn: true }),
                    // A failure is followed by the next node at once; slowness by one more node, but not by a third. Items are slow
                    // because others go first, which a second node would not change.
                    DelayGenerator = args =>
                        ValueTask.FromResult(
                            args.Context.Properties.TryGetValue(AttemptsKey, out var attempts) && attempts is { Count: < 2, IsItem: false }
                                ? _latencies.Percentile95(attempts.ModelId, attempts.Pixels) ?? Timeout.InfiniteTimeSpan
                                : Timeout.InfiniteTimeSpan
                        ),
                }
            );
        }
        else
        {
            builder.AddRetry(
                new RetryStrategyOptions<NodeAnswer>
                {
                    MaxRetryAttempts = options.MaxAttempts - 1,
                    ShouldHandle = static args => ValueTask.FromResult(args.Outcome.Result is { GoesOn: true }),
                    Delay = TimeSpan.Zero,
                }
            );
        }

        return builder.Build();
    }
}
