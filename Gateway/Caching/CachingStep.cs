using System.Runtime.CompilerServices;
using ImageToText.Contracts;
using ImageToText.Contracts.Ledger;
using ImageToText.Gateway.Billing;
using ImageToText.Gateway.Billing.Budgets;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Pipeline;
using ImageToText.Gateway.Registry;
using ImageToText.Gateway.Telemetry;
using ImageToText.ServiceDefaults.Redis;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace ImageToText.Gateway.Caching;

/// <summary>
/// Answers with a cached caption. If many callers ask for the same caption at once, it is made once: within this gateway by one
/// request while the others wait, between gateways by the one that holds a lock. Without Redis it does nothing, and if Redis
/// fails, captions go on.
/// </summary>
internal sealed class CachingStep(
    Network network,
    CaptionStore store,
    SingleFlights flights,
    KeyBudgets budgets,
    PaidCaptions paid,
    CacheTelemetry telemetry,
    IOptions<CacheOptions> options,
    TimeProvider time
) : ICaptionStep
{
    // Only while another gateway makes the caption. A look is one short read; a message could get lost, so one would have to look anyway.
    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(10);

    private readonly CacheOptions _options = options.Value;

    // Before a caption is made, Redis is asked twice: whether it has the caption, and for the lock.
    private readonly TimeSpan _patience = options.Value.Patience / 2;

    /// <inheritdoc/>
    public async Task<CaptionAnswer> CaptionAsync(CaptionRequest request, CaptionDelegate next, CancellationToken cancellationToken)
    {
        if (!store.IsUsed || request.Parameters.IsRandom || !(request.ReadsCache || request.WritesCache))
        {
            return await next(request, cancellationToken);
        }

        var wanted = Wanted(request);
        if (!request.ReadsCache)
        {
            return Keep(wanted, await next(request, cancellationToken), static _ => { }, lease: null, cancellationToken);
        }

        if (!request.WritesCache)
        {
            var (answered, known) = await LookAsync(wanted);
            return known is not null
                ? await AnswerAsync(request, known, CacheOutcome.Hit, next, cancellationToken)
                : await next(Repriced(request, wanted, !answered), cancellationToken);
        }

        while (true)
        {
            var flight = flights.Join(wanted.Flight);
            if (flight.TryLead())
            {
                return await LeadAsync(request, wanted, flight, next, cancellationToken);
            }

            SingleFlightResult result;
            try
            {
                result = await flight.Result.WaitAsync(_options.LongestWait, time, cancellationToken);
            }
            catch (TimeoutException)
            {
                return await next(request, cancellationToken);
            }

            if (result.Refusal is { } refusal)
            {
                throw new RefusalException(refusal);
            }

            if (result.Caption is { } caption)
            {
                var outcome = result.WasKnown ? CacheOutcome.Hit : CacheOutcome.Coalesced;
                return await AnswerAsync(request, caption, outcome, next, cancellationToken);
            }
        }
    }

    // What one caller is told applies to others who ask for the same caption, unless it is about the caller.
    private static bool HoldsForAll(Refusal refusal) =>
        refusal.Status is 400 or 413 or 415 or 422 or 502 or 503 or 504 || refusal.Code == "overloaded";

    private WantedCaption Wanted(CaptionRequest request)
    {
        string identity = CacheKeys.Identity(request.ModelId!, request.Parameters.Canonical, request.Picture.Sha256);
        var revisions = network.View.RevisionsOf(request.ModelId!);
        return new WantedCaption(identity, [.. revisions.Select(revision => (RedisKey)CacheKeys.Caption(revision, identity))])
        {
            // An item may wait long for its turn. Requests that somebody waits for don't wait with it.
            Flight = request.IsItem ? identity + ":item" : identity,
        };
    }

    // A caption that was paid lately is not charged again because its cache is away.
    private CaptionRequest Repriced(CaptionRequest request, WantedCaption wanted, bool isAway) =>
        paid.IsPaid(wanted.Identity, isAway)
            ? request with
            {
                PriceShare = Math.Min(_options.HitPriceFactor, request.PriceShare),
            }
            : request;

    private async ValueTask<Lookup> LookAsync(WantedCaption wanted)
    {
        using var span = GatewayTelemetry.Source.StartActivity("caption.cache");
        long began = time.GetTimestamp();
        var found = await store.FindAsync(wanted, _patience);
        telemetry.LookedUp(found.Caption is not null, time.GetElapsedTime(began));
        span?.SetTag("found", found.Caption is not null);
        return found;
    }

    private async Task<CaptionAnswer> LeadAsync(
        CaptionRequest request,
        WantedCaption wanted,
        SingleFlight flight,
        CaptionDelegate next,
        CancellationToken cancellationToken
    )
    {
        CaptionLease? lease = null;
        try
        {
            var (answered, known) = await LookAsync(wanted);
            if (known is not null)
            {
                return await FoundAsync(known, CacheOutcome.Hit);
            }

            var claim = await ClaimAsync(wanted, cancellationToken);
            lease = claim.Lease;
            if (claim.Caption is { } made)
            {
                Release(lease);
                return await FoundAsync(made, CacheOutcome.Coalesced);
            }

            bool isAway = !answered || claim.Outcome == ClaimOutcome.Unavailable;
            var answer = await next(Repriced(request, wanted, isAway), cancellationToken);
            return Keep(
                wanted,
                answer,
                caption => flights.Complete(wanted.Flight, flight, new SingleFlightResult(caption, WasKnown: false, null)),
                lease,
                cancellationToken
            );
        }
        catch (Exception exception)
        {
            Release(lease);
            var refusal = exception is RefusalException refused && HoldsForAll(refused.Refusal) ? refused.Refusal : null;
            flights.Complete(wanted.Flight, flight, new SingleFlightResult(null, WasKnown: false, refusal));
            throw;
        }

        Task<CaptionAnswer> FoundAsync(CachedCaption caption, CacheOutcome outcome)
        {
            flights.Complete(wanted.Flight, flight, new SingleFlightResult(caption, outcome == CacheOutcome.Hit, null));
            return AnswerAsync(request, caption, outcome, next, cancellationToken);
        }
    }

    /// <summary>Waits until the caption is there, or nobody else is making it.</summary>
    private async Task<Claim> ClaimAsync(WantedCaption wanted, CancellationToken cancellationToken)
    {
        long began = time.GetTimestamp();
        var claim = await store.ClaimAsync(wanted, _patience);
        var pause = FirstLook;
        while (claim.Outcome == ClaimOutcome.Held && time.GetElapsedTime(began) < _options.LongestWait)
        {
            await Task.Delay(pause, time, cancellationToken);
            pause = pause * 2 < _options.LookInterval ? pause * 2 : _options.LookInterval;
            claim = await store.ClaimAsync(wanted, _patience);
        }

        return claim;
    }

    /// <summary>
    /// Caches a caption when it is complete, and passes it to <paramref name="complete"/> (null: it did not come).
    /// </summary>
    private CaptionAnswer Keep(
        WantedCaption wanted,
        CaptionAnswer answer,
        Action<CachedCaption?> complete,
        CaptionLease? lease,
        CancellationToken cancellationToken
    )
    {
        if (answer.Updates is { } updates)
        {
            return answer with { Updates = KeepAtEnd(wanted, answer, updates, complete, lease, cancellationToken) };
        }

        complete(Write(wanted, answer, answer.Whole!, lease));
        return answer;
    }

    private async IAsyncEnumerable<AnswerUpdate> KeepAtEnd(
        WantedCaption wanted,
        CaptionAnswer answer,
        IAsyncEnumerable<AnswerUpdate> updates,
        Action<CachedCaption?> complete,
        CaptionLease? lease,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        CachedCaption? kept = null;
        try
        {
            await foreach (var update in updates.WithCancellation(cancellationToken))
            {
                if (update.Whole is { } whole)
                {
                    kept = Write(wanted, answer, whole, lease);
                    complete(kept);
                }

                yield return update;
            }
        }
        finally
        {
            if (kept is null)
            {
                Release(lease);
                complete(null);
            }
        }
    }

    private CachedCaption Write(WantedCaption wanted, CaptionAnswer answer, CaptionResponse caption, CaptionLease? lease)
    {
        var charge = answer.Charge;
        var kept = new CachedCaption(caption, answer.ModelId, answer.ModelRevision, charge.UsdPerPixel, charge.Pixels, charge.Sequences);
        // Nobody waits for it: the write is sent before the answer, and the lock is released after the write.
        _ = EndAsync(KeepAsync(), lease);
        return kept;

        async Task KeepAsync()
        {
            var noteStored = paid.Add(wanted.Identity);
            noteStored(await store.KeepAsync(wanted, kept));
        }
    }

    private static void Release(CaptionLease? lease) => _ = EndAsync(Task.CompletedTask, lease);

    private static async Task EndAsync(Task keeping, CaptionLease? lease)
    {
        await keeping;
        if (lease is not null)
        {
            await lease.DisposeAsync();
        }
    }

    /// <summary>
    /// Answers with a cached caption, unless even that exceeds the caller's cap; then a node may be cheap enough.
    /// </summary>
    private async Task<CaptionAnswer> AnswerAsync(
        CaptionRequest request,
        CachedCaption caption,
        CacheOutcome outcome,
        CaptionDelegate next,
        CancellationToken cancellationToken
    )
    {
        var charge = new Charge(
            request.Caller,
            caption.ModelId,
            null,
            caption.Pixels ?? request.Picture.Pixels,
            caption.UsdPerPixel,
            caption.Sequences ?? 1,
            Math.Min(_options.HitPriceFactor, request.PriceShare) * request.PriceFactor
        );
        if (charge.ChargedPerPixel > request.MaxPricePerPixel)
        {
            return await next(request, cancellationToken);
        }

        return new CaptionAnswer
        {
            Whole = caption.Caption,
            ModelId = caption.ModelId,
            ModelRevision = caption.Revision,
            Cache = outcome,
            Charge = charge,
            Reservation = await budgets.ReserveAsync(charge, cancellationToken),
        };
    }
}
