namespace ImageToText.Gateway.Settlement.Budgets;

/// <summary>Money set aside in one slice for one caption: spent when the caption is delivered, given back when it is not.</summary>
internal sealed class BudgetReservation : IDisposable
{
    private readonly KeyBudget? _budget;
    private readonly HeldSlice? _slice;
    private readonly decimal _amount;
    private int _ended;

    internal BudgetReservation(KeyBudget budget, HeldSlice slice, decimal amount)
    {
        _budget = budget;
        _slice = slice;
        _amount = amount;
    }

    private BudgetReservation() { }

    /// <summary>For keys whose spending has no limit.</summary>
    public static BudgetReservation Unlimited() => new();

    /// <summary>The slice; null: the key has no budget.</summary>
    public string? SliceId => _slice?.Id;

    /// <summary>The caption was delivered: <paramref name="cost"/>, at most what was set aside, is spent and the rest free again.</summary>
    public void Settle(decimal cost)
    {
        if (Interlocked.Exchange(ref _ended, 1) == 0)
        {
            _budget?.End(_slice!, _amount, cost);
        }
    }

    /// <summary>No caption was delivered: all of it is free again. After <see cref="Settle"/> it does nothing.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _ended, 1) == 0)
        {
            _budget?.End(_slice!, _amount, 0);
        }
    }
}
