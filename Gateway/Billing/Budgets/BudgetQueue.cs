using ImageToText.Gateway.Errors;

namespace ImageToText.Gateway.Billing.Budgets;

/// <summary>Requests for money that no slice here had, in order of arrival. Guarded by its key's lock.</summary>
internal sealed class BudgetQueue
{
    private readonly LinkedList<BudgetWaiter> _waiting = [];

    /// <summary>The number of requests in the queue. One that has left counts until it is passed over.</summary>
    public int Count => _waiting.Count;

    /// <summary>The first request; null: there is none.</summary>
    public BudgetWaiter? First => _waiting.First?.Value;

    /// <summary>Adds a request at the end.</summary>
    public void Add(BudgetWaiter waiter) => _waiting.AddLast(waiter);

    /// <summary>
    /// Serves the requests that it can, in order; but small requests do not wait for large ones.
    /// </summary>
    /// <param name="tryReserve">Reserves a cost; null: no slice has that much.</param>
    public void Serve(Func<decimal, Reservation?> tryReserve)
    {
        for (var node = _waiting.First; node is not null; )
        {
            var next = node.Next;
            if (node.Value.HasEnded)
            {
                _waiting.Remove(node);
            }
            else if (tryReserve(node.Value.Cost) is { } reservation)
            {
                _waiting.Remove(node);
                if (!node.Value.Serve(reservation))
                {
                    reservation.Dispose();
                }
            }

            node = next;
        }
    }

    /// <summary>Refuses some of the requests.</summary>
    /// <param name="which">Which requests.</param>
    /// <param name="how">The refusal.</param>
    public void Refuse(Func<BudgetWaiter, bool> which, Func<BudgetWaiter, RefusalException> how)
    {
        for (var node = _waiting.First; node is not null; )
        {
            var next = node.Next;
            if (which(node.Value))
            {
                _waiting.Remove(node);
                node.Value.Refuse(how(node.Value));
            }

            node = next;
        }
    }
}

/// <summary>A request that waits for money.</summary>
/// <param name="cost">How much.</param>
/// <param name="since">The timestamp since when it has waited.</param>
internal sealed class BudgetWaiter(decimal cost, long since)
{
    private readonly TaskCompletionSource<Reservation> _served = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public decimal Cost => cost;

    public long Since => since;

    /// <summary>Completes with the reservation, or with the refusal.</summary>
    public Task<Reservation> Served => _served.Task;

    /// <summary>Whether it was served or refused, or has left.</summary>
    public bool HasEnded => _served.Task.IsCompleted;

    /// <summary>Hands over the reservation; false: the request has left.</summary>
    public bool Serve(Reservation reservation) => _served.TrySetResult(reservation);

    public void Refuse(RefusalException refusal) => _served.TrySetException(refusal);

    public void Leave(CancellationToken cancellationToken) => _served.TrySetCanceled(cancellationToken);
}
