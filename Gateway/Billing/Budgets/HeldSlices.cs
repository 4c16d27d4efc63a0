using ImageToText.Contracts.Budgets;

namespace ImageToText.Gateway.Billing.Budgets;

/// <summary>
/// The slices of one budget that this gateway holds: what can be reserved from them, and what goes back. Guarded by its key's lock.
/// </summary>
internal sealed class HeldSlices(TimeProvider time)
{
    private readonly List<HeldSlice> _slices = [];

    // A recall may arrive before the answer that grants the slice.
    private HashSet<string> _recalledEarly = new(StringComparer.Ordinal);

    /// <summary>The ids of all slices.</summary>
    public IReadOnlyList<string> Ids => [.. _slices.Select(static slice => slice.Id)];

    /// <summary>Finds a slice that has room for <paramref name="cost"/>; null: none has.</summary>
    /// <param name="cost">USD to reserve.</param>
    /// <param name="free">What all slices have free together.</param>
    public HeldSlice? WithRoomFor(decimal cost, out decimal free)
    {
        long now = time.GetTimestamp();
        free = 0m;
        HeldSlice? chosen = null;
        foreach (var slice in _slices)
        {
            // A slice whose lease is over may still be renewed once the pricing service can be reached again.
            if (slice.LeaseEnds > now)
            {
                free += slice.Free;
                chosen ??= slice.Free >= cost ? slice : null;
            }
        }

        return chosen;
    }

    /// <summary>Adds a slice that was just granted. No recall counts for it before <see cref="RecallAfter"/>.</summary>
    public HeldSlice Add(BudgetSlice granted, long leaseEnds)
    {
        var slice = new HeldSlice(granted.SliceId, granted.Amount, leaseEnds) { Spent = granted.Spent, Shipped = granted.Spent };
        _slices.Add(slice);
        return slice;
    }

    /// <summary>Goes on with a slice of an earlier life.</summary>
    /// <param name="saved">The slice.</param>
    /// <param name="unshipped">What was spent from it by records that are still in the journal.</param>
    /// <param name="leaseEnds">The timestamp after which nothing may be reserved.</param>
    public void Resume(SavedSlice saved, decimal unshipped, long leaseEnds) =>
        _slices.Add(
            new HeldSlice(saved.SliceId, saved.Amount, leaseEnds)
            {
                // A record that was shipped just before the end may count twice.
                Spent = Math.Min(saved.Amount, saved.Shipped + unshipped),
                Shipped = saved.Shipped,
            }
        );

    /// <summary>Marks slices whose unreserved rest is needed elsewhere.</summary>
    public void Recall(IReadOnlyCollection<string> sliceIds)
    {
        _recalledEarly = new(sliceIds, StringComparer.Ordinal);
        foreach (var slice in _slices)
        {
            slice.Recalled |= _recalledEarly.Remove(slice.Id);
        }
    }

    /// <summary>
    /// Recalls what is due once those are served for whom <paramref name="newest"/> was requested: itself if it was recalled early, and
    /// older slices whose rest does not cover <paramref name="cost"/>. Each would otherwise keep its crumb, and be renewed, as long as
    /// the key is busy.
    /// </summary>
    /// <returns>Whether there is something to give back.</returns>
    public bool RecallAfter(HeldSlice newest, decimal cost)
    {
        newest.Recalled = _recalledEarly.Remove(newest.Id);
        bool any = newest.Recalled;
        foreach (var slice in _slices)
        {
            if (slice != newest && !slice.Recalled && slice.Free < cost)
            {
                slice.Recalled = true;
                any = true;
            }
        }

        return any;
    }

    /// <summary>
    /// What to give back now: the rest of recalled slices, or of all. For recalled slices it also reports what was spent since, so that
    /// nobody waits for that.
    /// </summary>
    public List<SliceShrink> Returns(bool all)
    {
        var returns = new List<SliceShrink>();
        foreach (var slice in _slices)
        {
            if ((slice.Recalled || all) && (slice.Amount > slice.Keep || slice.Spent > slice.SpentTold))
            {
                // From now on nothing is reserved against it, whether the message arrives or not.
                slice.Recalled = true;
                returns.Add(new SliceShrink(slice.Id, slice.Keep, slice.Spent));
            }
        }

        return returns;
    }

    /// <summary>The pricing service has accepted what was given back.</summary>
    public void Returned(IEnumerable<SliceShrink> returned)
    {
        foreach (var shrink in returned)
        {
            if (Find(shrink.SliceId) is { } slice)
            {
                slice.Amount = Math.Max(shrink.Keep, slice.Keep);
                slice.SpentTold = shrink.Spent;
            }
        }

        _slices.RemoveAll(static slice => slice is { Recalled: true, Reserved: 0 } && slice.Amount <= slice.SpentTold);
    }

    /// <summary>A lease was renewed.</summary>
    public void Renewed(string sliceId, long leaseEnds)
    {
        if (Find(sliceId) is { } slice)
        {
            slice.LeaseEnds = leaseEnds;
        }
    }

    /// <summary>A lease has ended.</summary>
    public void Remove(string sliceId) => _slices.RemoveAll(slice => slice.Id == sliceId);

    /// <summary>The ledger has a record of what was spent from a slice.</summary>
    public void Shipped(string sliceId, decimal cost)
    {
        if (Find(sliceId) is { } slice)
        {
            slice.Shipped += cost;
        }
    }

    /// <summary>The slices that a next life of the gateway may go on with: those of which nothing is being given back.</summary>
    public IReadOnlyList<SavedSlice> Kept(BudgetName name)
    {
        long now = time.GetTimestamp();
        var at = time.GetUtcNow();
        return
        [
            .. _slices
                .Where(slice => !slice.Recalled && slice.LeaseEnds > now)
                .Select(slice => new SavedSlice(
                    name.KeyId,
                    slice.Id,
                    slice.Amount,
                    slice.Shipped,
                    time.GetElapsedTime(now, slice.LeaseEnds),
                    at,
                    name.ModelId
                )),
        ];
    }

    private HeldSlice? Find(string id) => _slices.Find(slice => slice.Id == id);
}
