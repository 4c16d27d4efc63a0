using ImageToText.Contracts.Budgets;
using ImageToText.Gateway.Errors;

namespace ImageToText.Gateway.Billing.Budgets;

/// <summary>
/// The part of a key's budget that this gateway holds, in slices granted by the pricing service: for one model that the key has a
/// budget for, or for all others. What the key's account may spend is the pricing service's concern. While a slice has room,
/// reserving is a local operation. Requests that find no room wait in a queue, for which one slice request at a time goes out.
/// </summary>
internal sealed class KeyBudget(BudgetName name, KeyBudgets budgets)
{
    private static readonly TimeSpan Apart = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ApartWhenShort = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestQuestion = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly HeldSlices _slices = new(budgets.Time);
    private readonly BudgetQueue _queue = new();
    private readonly SpendRate _rate = new(budgets.Time);
    private bool _asking;
    private Question? _unanswered;
    private (decimal Needed, decimal Wanted)? _refill;
    private SpentBudget? _spent;

    // The slices whose charges are being taken back.
    private readonly List<string> _refunds = [];
    private long _refillAfter = long.MinValue;
    private long _usedAt = budgets.Time.GetTimestamp();

    /// <summary>Reserves <paramref name="cost"/>.</summary>
    /// <exception cref="RefusalException">402: the budget does not cover it; 429: what is left did not come in time.</exception>
    public async ValueTask<Reservation> ReserveAsync(decimal cost, CancellationToken cancellationToken)
    {
        BudgetWaiter waiter;
        lock (_gate)
        {
            _usedAt = budgets.Time.GetTimestamp();
            if (TryReserve(cost) is { } reservation)
            {
                return reservation;
            }

            if (_spent is { } spent && spent.RulesOut(cost, budgets.Today, budgets.KeysVersion, budgets.Time))
            {
                throw Refusals.BudgetSpent(cost);
            }

            waiter = new BudgetWaiter(cost, budgets.Time.GetTimestamp());
            _queue.Add(waiter);
            StartAsking();
        }

        using var leaving = cancellationToken.UnsafeRegister(static (state, token) => ((BudgetWaiter)state!).Leave(token), waiter);
        return await waiter.Served;
    }

    /// <summary>Ends a reservation of <paramref name="reserved"/>, of which <paramref name="spent"/> was used.</summary>
    public void End(HeldSlice slice, decimal reserved, decimal spent)
    {
        lock (_gate)
        {
            slice.Reserved -= reserved;
            slice.Spent += spent;
            if (!slice.Recalled)
            {
                Serve();
                return;
            }
        }

        budgets.WakeRenewal();
    }

    /// <summary>A charge is being taken back, so a budget that is reported as spent is not yet.</summary>
    public void ExpectRefund(HeldSlice slice)
    {
        lock (_gate)
        {
            _refunds.Add(slice.Id);
            _spent = null;
        }
    }

    /// <summary>The ledger has taken back a charge.</summary>
    public void Refunded(string? sliceId)
    {
        lock (_gate)
        {
            // One from an earlier life of the gateway was not expected here, nor one from another of the key's budgets.
            if (sliceId is not null)
            {
                _refunds.Remove(sliceId);
            }

            _spent = null;
        }
    }

    /// <summary>Marks slices whose unreserved rest is needed elsewhere.</summary>
    public void Recall(IReadOnlyCollection<string> sliceIds)
    {
        lock (_gate)
        {
            _slices.Recall(sliceIds);
        }
    }

    /// <summary>
    /// What to give back now: the rest of recalled slices, and of all slices if the key has been idle. For recalled slices it
    /// also reports what was spent since, so that nobody waits for that.
    /// </summary>
    /// <param name="all">Whether the gateway is shutting down and gives back everything.</param>
    public List<SliceShrink> Returns(bool all)
    {
        lock (_gate)
        {
            return _slices.Returns(all || budgets.Time.GetElapsedTime(_usedAt) >= budgets.Options.Idle);
        }
    }

    /// <summary>The pricing service has accepted what was given back.</summary>
    public void Returned(IEnumerable<SliceShrink> returned)
    {
        lock (_gate)
        {
            _slices.Returned(returned);
        }
    }

    /// <summary>The ids of slices whose lease must be renewed.</summary>
    public IEnumerable<string> Renewable()
    {
        lock (_gate)
        {
            return _slices.Ids;
        }
    }

    /// <summary>
    /// Leases were renewed, as requested at <paramref name="askedAt"/>; those in <paramref name="gone"/> have ended.
    /// </summary>
    public void Renewed(IEnumerable<BudgetSlice> slices, IEnumerable<string> gone, long askedAt)
    {
        lock (_gate)
        {
            foreach (var renewed in slices)
            {
                _slices.Renewed(renewed.SliceId, budgets.LeaseEnd(renewed, askedAt));
            }

            foreach (string id in gone)
            {
                _slices.Remove(id);
            }

            Serve();
        }
    }

    /// <summary>The slices that a next life of the gateway may go on with: those of which nothing is being given back.</summary>
    public IEnumerable<SavedSlice> Kept()
    {
        lock (_gate)
        {
            return _slices.Kept(name);
        }
    }

    /// <summary>Goes on with a slice of an earlier life.</summary>
    /// <param name="saved">The slice.</param>
    /// <param name="unshipped">What was spent from it by records that are still in the journal.</param>
    /// <param name="left">How long it may still be used.</param>
    public void Resume(SavedSlice saved, decimal unshipped, TimeSpan left)
    {
        lock (_gate)
        {
            _slices.Resume(saved, unshipped, After(left));
        }
    }

    /// <summary>The ledger has a record of what was spent from a slice.</summary>
    public void Shipped(string sliceId, decimal cost)
    {
        lock (_gate)
        {
            _slices.Shipped(sliceId, cost);
        }
    }

    /// <summary>The gateway has ended. Requests that still wait are told so.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _queue.Refuse(static _ => true, static _ => Refusals.BudgetUnreachable(TimeSpan.FromSeconds(1)));
        }
    }

    // Everything below is called under the lock, except AskAsync.

    private Reservation? TryReserve(decimal cost)
    {
        if (_slices.WithRoomFor(cost, out decimal free) is not { } chosen)
        {
            return null;
        }

        chosen.Reserved += cost;
        _rate.Add(cost);
        RefillAhead(cost, free - cost);
        return new Reservation(this, chosen, cost);
    }

    // Requests more while some is left, without anyone waiting for it.
    private void RefillAhead(decimal cost, decimal free)
    {
        decimal horizon = _rate.Over(budgets.Options.Horizon);
        if (free * 2 < horizon && budgets.Time.GetTimestamp() >= _refillAfter)
        {
            _refillAfter = After(Apart);
            _refill = (cost, Math.Max(cost, horizon - free));
            StartAsking();
        }
    }

    private void Serve() => _queue.Serve(TryReserve);

    private void StartAsking()
    {
        if (!_asking)
        {
            _asking = true;
            _ = AskAsync();
        }
    }

    private async Task AskAsync()
    {
        await Task.Yield();
        int failures = 0;
        while (true)
        {
            Question question;
            lock (_gate)
            {
                if (NextQuestion() is not { } next)
                {
                    _asking = false;
                    return;
                }

                question = next;
            }

            var grant = await budgets.AskAsync(question.Request);
            bool decides;
            lock (_gate)
            {
                decides = Take(question, grant);
            }

            if (grant.Answer?.Slice is not null)
            {
                budgets.Save();
            }

            failures = decides ? 0 : failures + 1;
            if (failures > 0)
            {
                await budgets.PauseAsync(failures);
            }
        }
    }

    private Question? NextQuestion()
    {
        if (budgets.HasEnded)
        {
            return null;
        }

        // If the answer to a slice request was lost, a slice may have been granted. It is requested again under the same name
        // until an answer arrives.
        if (_unanswered is { } again)
        {
            return again;
        }

        Serve();
        if (_queue.First is { } first)
        {
            decimal wanted = Math.Max(
                first.Cost * Math.Max(_queue.Count, budgets.Options.LeastCaptions),
                _rate.Over(budgets.Options.Horizon)
            );
            return _unanswered = Ask(first.Cost, wanted, budgets.Options.Wait < LongestQuestion ? budgets.Options.Wait : LongestQuestion);
        }

        if (_refill is { } refill)
        {
            _refill = null;
            return _unanswered = Ask(refill.Needed, refill.Wanted, TimeSpan.Zero);
        }

        return null;
    }

    private Question Ask(decimal needed, decimal wanted, TimeSpan wait) =>
        new(budgets.Request(name, needed, wanted, wait), budgets.Today, budgets.KeysVersion);

    /// <summary>Takes an answer; false: it decides nothing, so the question must be asked again after a pause.</summary>
    private bool Take(Question question, SliceGrant grant)
    {
        if (grant.Answer is not { } answer)
        {
            _queue.Refuse(IsOverdue, static _ => Refusals.BudgetUnreachable(TimeSpan.FromSeconds(1)));
            return false;
        }

        _unanswered = null;
        switch (answer.Outcome)
        {
            case SliceOutcome.Granted:
                Add(answer.Slice!, question.Request.Needed, grant.AskedAt);
                return true;
            case SliceOutcome.Unlimited:
                _queue.Serve(static _ => Reservation.OfNothing());
                return true;
            case SliceOutcome.NoSuchKey:
                _queue.Refuse(static _ => true, static _ => Refusals.UnknownKey());
                return true;
            case SliceOutcome.Exhausted when _refunds.Count > 0:
                _queue.Refuse(IsOverdue, static _ => Refusals.BudgetHeld(TimeSpan.FromSeconds(1)));
                _refillAfter = After(ApartWhenShort);
                return false;
            case SliceOutcome.Exhausted:
                _spent = new SpentBudget(question.Request.Needed, question.Day, question.KeysVersion, budgets.Time.GetTimestamp());
                _queue.Refuse(waiter => waiter.Cost >= question.Request.Needed, static waiter => Refusals.BudgetSpent(waiter.Cost));
                break;
            case SliceOutcome.Held:
                _queue.Refuse(IsOverdue, _ => Refusals.BudgetHeld(TimeSpan.FromSeconds(answer.RetryAfterSeconds ?? 1)));
                break;
        }

        _refillAfter = After(ApartWhenShort);
        return true;
    }

    private void Add(BudgetSlice granted, decimal cost, long askedAt)
    {
        var slice = _slices.Add(granted, budgets.LeaseEnd(granted, askedAt));
        // Those for whom it was requested come first. Otherwise gateways could take it from each other without anyone ever
        // spending it.
        Serve();
        if (_slices.RecallAfter(slice, cost))
        {
            budgets.WakeRenewal();
        }
    }

    private bool IsOverdue(BudgetWaiter waiter) => budgets.Time.GetElapsedTime(waiter.Since) >= budgets.Options.Wait;

    private long After(TimeSpan span) => budgets.Time.GetTimestamp() + (long)(span.TotalSeconds * budgets.Time.TimestampFrequency);

    /// <summary>A slice request to the pricing service.</summary>
    /// <param name="Request">The request.</param>
    /// <param name="Day">The day on which it was first sent.</param>
    /// <param name="KeysVersion">The version of the keys known then.</param>
    private sealed record Question(SliceRequest Request, DateOnly Day, long KeysVersion);
}
