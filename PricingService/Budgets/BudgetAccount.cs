using System.Globalization;
using ImageToText.Contracts.Accounts;
using ImageToText.PricingService.Storage;
using ImageToText.PricingService.Storage.Rows;
using Microsoft.EntityFrameworkCore;

namespace ImageToText.PricingService.Budgets;

/// <summary>
/// One budget on one day, within one transaction: what was charged and is held for the day, its month and in total, compared with
/// the limits. Every amount is held or charged in all three at once.
/// </summary>
internal sealed class BudgetAccount
{
    private readonly PricingDb _db;
    private readonly DateOnly _day;

    // Not in the store yet; empty once they are.
    private readonly List<BudgetPeriod> _unstored;

    private BudgetAccount(PricingDb db, BudgetOwner owner, DateOnly day, IReadOnlyList<LimitedPeriod> periods, List<BudgetPeriod> unstored)
    {
        _db = db;
        Owner = owner;
        _day = day;
        Periods = periods;
        _unstored = unstored;
    }

    /// <summary>Whose budget it is.</summary>
    public BudgetOwner Owner { get; }

    /// <summary>The day, its month and the total, in this order.</summary>
    public IReadOnlyList<LimitedPeriod> Periods { get; }

    /// <summary>What may still be granted; null: no limit.</summary>
    public decimal? Left => Limited.Min(period => (decimal?)Math.Max(0, period.Room));

    /// <summary>The total held in slices.</summary>
    public decimal Held => Periods[^1].Row.Held;

    public KeySpend Spend => new(Periods[0].Row.Charged, Periods[1].Row.Charged, Periods[2].Row.Charged, Held, Left);

    private IEnumerable<LimitedPeriod> Limited => Periods.Where(static period => period.Limit is not null);

    public static DateOnly DayOf(DateTimeOffset time) => DateOnly.FromDateTime(time.UtcDateTime);

    /// <summary>The names of a day's periods: the day, its month and the total.</summary>
    public static IReadOnlyList<string> PeriodsOf(DateOnly day) =>
        [
            day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            day.ToString("yyyy-MM", CultureInfo.InvariantCulture),
            BudgetPeriod.Whole,
        ];

    public static async Task<BudgetAccount> OpenAsync(
        PricingDb db,
        BudgetOwner owner,
        Budget? limits,
        DateOnly day,
        CancellationToken cancellationToken
    )
    {
        string[] names = [.. PeriodsOf(day)];
        // One after the other: a context does one thing at a time.
        var rows = new BudgetPeriod?[names.Length];
        for (int i = 0; i < names.Length; i++)
        {
            rows[i] = await db.BudgetPeriods.FindAsync([owner.RowId, names[i]], cancellationToken);
        }

        // A budget without a total has never been charged: what was spent before there was such a budget counts.
        var earlier = rows[^1] is null ? await EarlierSpend.OfAsync(db, owner, cancellationToken) : [];
        List<BudgetPeriod> unstored = [.. earlier];
        for (int i = 0; i < names.Length; i++)
        {
            if (rows[i] is null)
            {
                rows[i] = earlier.Find(row => row.Period == names[i]) ?? new() { KeyId = owner.RowId, Period = names[i] };
                unstored.Add(rows[i]!);
            }
        }

        return new(
            db,
            owner,
            day,
            [new(rows[0]!, limits?.PerDay, "day"), new(rows[1]!, limits?.PerMonth, "month"), new(rows[2]!, limits?.Total, "total")],
            unstored
        );
    }

    /// <summary>The first limit without room for this amount; null: all have room.</summary>
    public LimitedPeriod? ShortOf(decimal amount) => Limited.FirstOrDefault(period => period.Room < amount);

    /// <summary>The first limit that would lack room for this amount even if everything came back that can; null: none.</summary>
    /// <param name="amount">USD.</param>
    /// <param name="slices">Slices that have not ended, this budget's among them.</param>
    public LimitedPeriod? ShortForGoodOf(decimal amount, IReadOnlyCollection<Slice> slices) =>
        Limited.FirstOrDefault(period => period.Limit - Committed(period, slices) < amount);

    /// <summary>What is charged or held for captions that were delivered or are under way; the rest may come back.</summary>
    public decimal Committed(LimitedPeriod period, IReadOnlyCollection<Slice> slices) =>
        period.Row.Charged
        + period.Row.Held
        - slices.Where(slice => Owner.Covers(slice) && IsWithin(slice.Day, period.Name)).Sum(slice => slice.Returnable);

    /// <summary>Holds an amount, or releases it if negative.</summary>
    public void Hold(decimal amount) => Change(row => row.Held += amount);

    /// <summary>Charges an amount.</summary>
    public void Charge(decimal amount) => Change(row => row.Charged += amount);

    /// <summary>Stores its rows, so that from now on only what is charged to it counts.</summary>
    public void Begin() => Change(static _ => { });

    private bool IsWithin(DateOnly day, string period) =>
        period switch
        {
            "day" => day == _day,
            "month" => (day.Year, day.Month) == (_day.Year, _day.Month),
            _ => true,
        };

    private void Change(Action<BudgetPeriod> change)
    {
        foreach (var row in _unstored)
        {
            if (_db.Entry(row).State == EntityState.Detached)
            {
                _db.Add(row);
            }
        }

        _unstored.Clear();

        foreach (var period in Periods)
        {
            change(period.Row);
        }
    }
}

/// <summary>One of a budget's periods, with its limit.</summary>
/// <param name="Row">What was charged and is held.</param>
/// <param name="Limit">USD; null: no limit.</param>
/// <param name="Name"><c>day</c>, <c>month</c> or <c>total</c>.</param>
internal sealed record LimitedPeriod(BudgetPeriod Row, decimal? Limit, string Name)
{
    /// <summary>What the limit leaves; less than zero if it was lowered.</summary>
    public decimal Room => Limit!.Value - Row.Charged - Row.Held;
}
