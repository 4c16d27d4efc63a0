namespace ImageToText.Gateway.Billing.Budgets;

/// <summary>One slice, as the gateway spends it. Guarded by its key's lock.</summary>
internal sealed class HeldSlice(string id, decimal amount, long leaseEnds)
{
    public string Id { get; } = id;

    /// <summary>USD in it, including what was spent.</summary>
    public decimal Amount { get; set; } = amount;

    /// <summary>The part that was spent, whether the ledger has the record yet or not.</summary>
    public decimal Spent { get; set; }

    /// <summary>The part of <see cref="Spent"/> that the pricing service knows about.</summary>
    public decimal SpentTold { get; set; }

    /// <summary>The part of <see cref="Spent"/> whose records the ledger has.</summary>
    public decimal Shipped { get; set; }

    /// <summary>The part reserved for captions under way.</summary>
    public decimal Reserved { get; set; }

    /// <summary>The timestamp after which nothing may be reserved.</summary>
    public long LeaseEnds { get; set; } = leaseEnds;

    /// <summary>Whether its unreserved rest is needed elsewhere.</summary>
    public bool Recalled { get; set; }

    /// <summary>What can still be reserved.</summary>
    public decimal Free => Recalled ? 0 : Amount - Spent - Reserved;

    /// <summary>What must stay when the rest is given back.</summary>
    public decimal Keep => Spent + Reserved;
}
