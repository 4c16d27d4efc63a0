namespace ImageToText.Gateway.Billing.Budgets;

/// <summary>
/// The pricing service's answer that a budget does not cover a cost. It holds until keys change or another day begins. Since the pricing
/// service's day may begin slightly later than ours, it also ends after a minute.
/// </summary>
/// <param name="Cost">The lowest cost that the budget does not cover.</param>
/// <param name="Day">The day of the request, by our clock.</param>
/// <param name="KeysVersion">The version of the keys known then.</param>
/// <param name="At">The timestamp of the answer.</param>
internal sealed record SpentBudget(decimal Cost, DateOnly Day, long KeysVersion, long At)
{
    private static readonly TimeSpan Lasts = TimeSpan.FromMinutes(1);

    /// <summary>Whether a cost need not be asked about, because the answer would be the same.</summary>
    public bool RulesOut(decimal cost, DateOnly today, long keysVersion, TimeProvider time) =>
        cost >= Cost && today == Day && keysVersion == KeysVersion && time.GetElapsedTime(At) < Lasts;
}
