using ImageToText.Gateway.Errors;

namespace ImageToText.Gateway.Billing.Budgets;

/// <summary>Requests for money that no slice here had, in the order of their coming. Guarded by its key's lock.</summary>
internal sealed class BudgetQueue
{
    private readonly LinkedList<BudgetWaiter> _waiting = [];

    /// <summary>Those in the queue; one that has left counts until it is passed over.</summary>
    public int Count => _waiting.Count;

    /// <summary>The first; null: there is none.</summary>
    public BudgetWaiter? First => _waiting.First?.Value;

    /// <summary>Puts a request last.</summary>
    public void Add(BudgetWaiter waiter) => _waiting.AddLast(waiter);

    /// <summary>Serves whom it can, the first first; but who needs little does not wait for who needs much.</summary>
    /// <param name="tryReserve">Sets a cost aside; null: no slice has so much.</param>
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

    /// <summary>Refuses some of them.</summary>
    /// <param name="which">Whom.</param>
    /// <param name="how">With what.</param>
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
/// <param name="since">Timestamp since when.</param>
internal sealed class BudgetWaiter(decimal cost, long since)
{
    private readonly TaskCompletionSource<Reservation> _served = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public decimal Cost => cost;

    public long Since => since;

    /// <summary>Completes with what was set aside for it, or the refusal.</summary>
    public Task<Reservation> Served => _served.Task;

    /// <summary>Whether it was served or refused, or has left.</summary>
    public bool HasEnded => _served.Task.IsCompleted;

    /// <summary>Hands over what was set aside; false: it has left.</summary>
    public bool Serve(Reservation reservation) => _served.TrySetResult(reservation);

    public void Refuse(RefusalException refusal) => _served.TrySetException(refusal);

    public void Leave(CancellationToken cancellationToken) => _served.TrySetCanceled(cancellationToken);
}
