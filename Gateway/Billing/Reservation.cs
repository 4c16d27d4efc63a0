using ImageToText.Gateway.Billing.Budgets;

namespace ImageToText.Gateway.Billing;

/// <summary>Money reserved for one caption: spent when the caption is delivered, given back when it is not.</summary>
internal sealed class Reservation : IDisposable
{
    private readonly KeyBudget? _budget;
    private readonly HeldSlice? _slice;
    private readonly decimal _amount;
    private int _ended;

    internal Reservation(KeyBudget budget, HeldSlice slice, decimal amount)
    {
        _budget = budget;
        _slice = slice;
        _amount = amount;
    }

    private Reservation() { }

    /// <summary>For a key without a budget, or a caption that costs nothing.</summary>
    public static Reservation OfNothing() => new();

    /// <summary>The slice that it is reserved in; null: nothing is.</summary>
    public string? SliceId => _slice?.Id;

    /// <summary>Whether the caption was charged, and the charge was not taken back.</summary>
    public bool IsCharged { get; private set; }

    /// <summary>
    /// The caption was delivered: <paramref name="cost"/>, at most the reserved amount, is spent, and the rest is free again.
    /// </summary>
    public void Settle(decimal cost)
    {
        IsCharged = true;
        End(cost);
    }

    /// <summary>
    /// The charge is taken back after <see cref="Settle"/>. The money returns to the budget when the ledger knows, not to the slice.
    /// </summary>
    public void TakeBack()
    {
        IsCharged = false;
        _budget?.ExpectRefund(_slice!);
    }

    /// <summary>No caption was delivered, so all of it is free again. Does nothing after <see cref="Settle"/>.</summary>
    public void Dispose() => End(0);

    private void End(decimal spent)
    {
        if (Interlocked.Exchange(ref _ended, 1) == 0)
        {
            _budget?.End(_slice!, _amount, spent);
        }
    }
}
