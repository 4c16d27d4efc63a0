using ImageToText.Contracts.Budgets;
using ImageToText.Contracts.Client;
using ImageToText.Gateway.Errors;

namespace ImageToText.Gateway.Settlement.Budgets;

/// <summary>
/// The part of one key's budget that this gateway holds, in slices granted by the pricing service. Reserving is local while a slice
/// has room; one question at a time goes out when none has, however many requests wait for its answer.
/// </summary>
internal sealed class KeyBudget(string keyId, BudgetBook book)
{
    private static readonly TimeSpan Apart = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ApartWhenShort = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly List<HeldSlice> _slices = [];
    private readonly SpendRate _rate = new(book.Time);
    private (decimal Needed, Task<SliceAnswer> Answer)? _asking;
    private int _waiting;
    private long _refillAfter = long.MinValue;
    private long _usedAt = book.Time.GetTimestamp();

    /// <summary>Sets <paramref name="cost"/> aside.</summary>
    /// <exception cref="RefusalException">402: the budget does not hold so much; 429: what is left could not be had in time.</exception>
    public async ValueTask<BudgetReservation> ReserveAsync(decimal cost, CancellationToken cancellationToken)
    {
        var began = book.Time.GetTimestamp();
        while (true)
        {
            if (TryReserve(cost) is { } reservation)
            {
                return reservation;
            }

            var (needed, answer) = await AskAsync(cost, cancellationToken);
            switch (answer.Outcome)
            {
                case SliceOutcome.Unlimited:
                    return BudgetReservation.Unlimited();
                case SliceOutcome.NoSuchKey:
                    throw Refusals.UnknownKey();
                case SliceOutcome.Exhausted when needed <= cost:
                    throw Refusals.BudgetSpent(cost);
                case SliceOutcome.Held when book.Time.GetElapsedTime(began) >= book.Options.Wait:
                    throw Refusals.BudgetHeld(TimeSpan.FromSeconds(answer.RetryAfterSeconds ?? 1));
            }
        }
    }

    /// <summary>Ends a reservation: of <paramref name="reserved"/>, <paramref name="spent"/> was used.</summary>
    public void End(HeldSlice slice, decimal reserved, decimal spent)
    {
        bool recalled;
        lock (_gate)
        {
            slice.Reserved -= reserved;
            slice.Spent += spent;
            recalled = slice.Recalled;
        }

        if (recalled)
        {
            book.WakeKeeper();
        }
    }

    /// <summary>The unreserved rest of the slice named is wanted elsewhere.</summary>
    public void Recall(string sliceId)
    {
        lock (_gate)
        {
            foreach (var slice in _slices)
            {
                slice.Recalled |= slice.Id == sliceId;
            }
        }
    }

    /// <summary>What is to be given back now: the rest of recalled slices, and of all when the key has been idle.</summary>
    /// <param name="all">Whether the gateway is going away and gives back everything.</param>
    public List<SliceShrink> Returns(bool all)
    {
        var returns = new List<SliceShrink>();
        lock (_gate)
        {
            var idle = all || book.Time.GetElapsedTime(_usedAt) >= book.Options.Idle;
            foreach (var slice in _slices)
            {
                if ((slice.Recalled || idle) && slice.Amount > slice.Keep)
                {
                    // Nothing is reserved against it from now on, whether or not the message arrives.
                    slice.Recalled = true;
                    returns.Add(new SliceShrink(slice.Id, slice.Keep));
                }
            }
        }

        return returns;
    }

    /// <summary>The pricing service has taken back what was given back.</summary>
    public void Returned(IEnumerable<SliceShrink> returned)
    {
        lock (_gate)
        {
            foreach (var shrink in returned)
            {
                if (_slices.Find(slice => slice.Id == shrink.SliceId) is { } slice)
                {
                    slice.Amount = Math.Max(shrink.Keep, slice.Keep);
                }
            }

            _slices.RemoveAll(static slice => slice is { Recalled: true, Reserved: 0 } && slice.Amount <= slice.Spent);
        }
    }

    /// <summary>Ids of the slices whose lease is to be renewed.</summary>
    public IEnumerable<string> Renewable()
    {
        lock (_gate)
        {
            return [.. _slices.Select(static slice => slice.Id)];
        }
    }

    /// <summary>Leases were renewed, asked for at <paramref name="askedAt"/>; those of <paramref name="gone"/> have ended.</summary>
    public void Renewed(IEnumerable<BudgetSlice> slices, IEnumerable<string> gone, long askedAt)
    {
        lock (_gate)
        {
            foreach (var renewed in slices)
            {
                if (_slices.Find(slice => slice.Id == renewed.SliceId) is { } slice)
                {
                    slice.LeaseEnds = book.LeaseEnd(renewed, askedAt);
                }
            }

            foreach (var id in gone)
            {
                _slices.RemoveAll(slice => slice.Id == id);
            }
        }
    }

    private BudgetReservation? TryReserve(decimal cost)
    {
        lock (_gate)
        {
            var now = book.Time.GetTimestamp();
            _usedAt = now;
            _slices.RemoveAll(slice => slice.LeaseEnds <= now && slice.Reserved == 0);
            var free = 0m;
            HeldSlice? chosen = null;
            foreach (var slice in _slices)
            {
                if (slice.LeaseEnds > now)
                {
                    free += slice.Free;
                    chosen ??= slice.Free >= cost ? slice : null;
                }
            }

            if (chosen is null)
            {
                return null;
            }

            chosen.Reserved += cost;
            _rate.Add(cost);
            RefillAhead(cost, free - cost, now);
            return new BudgetReservation(this, chosen, cost);
        }
    }

    // Called under the lock: asks for more while there is some left, without anyone waiting for it.
    private void RefillAhead(decimal cost, decimal free, long now)
    {
        var horizon = _rate.Over(book.Options.Horizon);
        if (free * 2 >= horizon || _asking is not null || now < _refillAfter)
        {
            return;
        }

        _refillAfter = now + (long)(Apart.TotalSeconds * book.Time.TimestampFrequency);
        _ = RefillAsync(cost, horizon - free);
    }

    private async Task RefillAsync(decimal cost, decimal wanted)
    {
        await Task.Yield();
        var answer = await book.AskAsync(keyId, cost, Math.Max(cost, wanted), TimeSpan.Zero);
        lock (_gate)
        {
            if (answer.Slice is { } slice)
            {
                Add(slice.Slice, slice.AskedAt);
            }
            else
            {
                _refillAfter = book.Time.GetTimestamp() + (long)(ApartWhenShort.TotalSeconds * book.Time.TimestampFrequency);
            }
        }
    }

    private void Add(BudgetSlice slice, long askedAt) =>
        _slices.Add(new HeldSlice(slice.SliceId, slice.Amount, book.LeaseEnd(slice, askedAt)));

    private async Task<(decimal Needed, SliceAnswer Answer)> AskAsync(decimal cost, CancellationToken cancellationToken)
    {
        Task<SliceAnswer> asking;
        decimal needed;
        lock (_gate)
        {
            _waiting++;
            if (_asking is null)
            {
                var wanted = Math.Max(cost * Math.Max(_waiting, book.Options.LeastCaptions), _rate.Over(book.Options.Horizon));
                _asking = (cost, AskOnceAsync(cost, wanted));
            }

            (needed, asking) = _asking.Value;
        }

        try
        {
            return (needed, await asking.WaitAsync(cancellationToken));
        }
        catch (Exception exception) when (exception is HttpRequestException or TimeoutException or PricingException)
        {
            throw Refusals.BudgetUnreachable(TimeSpan.FromSeconds(1));
        }
        finally
        {
            lock (_gate)
            {
                _waiting--;
            }
        }
    }

    private async Task<SliceAnswer> AskOnceAsync(decimal cost, decimal wanted)
    {
        await Task.Yield();
        try
        {
            var answer = await book.AskAsync(keyId, cost, wanted, TimeSpan.FromSeconds(Math.Min(2, book.Options.Wait.TotalSeconds)));
            if (answer.Failure is { } failure)
            {
                throw failure;
            }

            lock (_gate)
            {
                if (answer.Slice is { } granted)
                {
                    Add(granted.Slice, granted.AskedAt);
                }
            }

            return answer.Answer!;
        }
        finally
        {
            lock (_gate)
            {
                _asking = null;
            }
        }
    }
}
