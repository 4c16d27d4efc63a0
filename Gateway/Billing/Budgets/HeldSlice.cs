namespace ImageToText.Gateway.Billing.Budgets;

/// <summary>One slice as the gateway spends it. Guarded by its key's lock.</summary>
internal sealed class HeldSlice(string id, decimal amount, long leaseEnds)
{
    public string Id { get; } = id;

    /// <summary>USD in it, spent ones included.</summary>
    public decimal Amount { get; set; } = amount;

    /// <summary>Of it spent, whether the ledger has the record yet or not.</summary>
    public decimal Spent { get; set; }

    /// <summary>Of <see cref="Spent"/> what the pricing service has been told.</summary>
    public decimal SpentTold { get; set; }

    /// <summary>Of it set aside for captions under way.</summary>
    public decimal Reserved { get; set; }

    /// <summary>Timestamp after which nothing may be reserved any more.</summary>
    public long LeaseEnds { get; set; } = leaseEnds;

    /// <summary>Whether its unreserved rest is wanted elsewhere.</summary>
    public bool Recalled { get; set; }

    /// <summary>What may still be reserved.</summary>
    public decimal Free => Recalled ? 0 : Amount - Spent - Reserved;

    /// <summary>What must stay when the rest is given back.</summary>
    public decimal Keep => Spent + Reserved;
}
