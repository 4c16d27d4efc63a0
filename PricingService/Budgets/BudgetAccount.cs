using System.Globalization;
using ImageToText.Contracts.Accounts;
using ImageToText.PricingService.Storage;
using ImageToText.PricingService.Storage.Rows;
using Microsoft.EntityFrameworkCore;

namespace ImageToText.PricingService.Budgets;

/// <summary>
/// One key's budget on one day, within one transaction: what was charged and is held for the day, its month and in total,
/// compared with the limits. Every amount is held or charged in all three at once.
/// </summary>
internal sealed class BudgetAccount
{
    private readonly PricingDb _db;
    private readonly (BudgetPeriod Row, decimal? Limit, string Name)[] _periods;
    private readonly DateOnly _day;

    private BudgetAccount(PricingDb db, DateOnly today, BudgetPeriod day, BudgetPeriod month, BudgetPeriod whole, Budget? budget)
    {
        _db = db;
        _day = today;
        _periods = [(day, budget?.PerDay, "day"), (month, budget?.PerMonth, "month"), (whole, budget?.Total, "total")];
    }

    /// <summary>What may still be granted; null: no limit.</summary>
    public decimal? Left => _periods.Where(period => period.Limit is not null).Select(Room).Min(room => (decimal?)Math.Max(0, room));

    /// <summary>The total held in this key's slices.</summary>
    public decimal Held => _periods[^1].Row.Held;

    public KeySpend Spend => new(_periods[0].Row.Charged, _periods[1].Row.Charged, _periods[2].Row.Charged, Held, Left);

    public static DateOnly DayOf(DateTimeOffset time) => DateOnly.FromDateTime(time.UtcDateTime);

    public static async Task<BudgetAccount> OpenAsync(
        PricingDb db,
        string keyId,
        Budget? budget,
        DateOnly day,
        CancellationToken cancellationToken
    )
    {
        return new(
            db,
            day,
            await RowAsync(day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
            await RowAsync(day.ToString("yyyy-MM", CultureInfo.InvariantCulture)),
            await RowAsync(BudgetPeriod.Whole),
            budget
        );

        async Task<BudgetPeriod> RowAsync(string period) =>
            await db.BudgetPeriods.FindAsync([keyId, period], cancellationToken) ?? new() { KeyId = keyId, Period = period };
    }

    /// <summary>The first limit without room for this amount; null: all have room.</summary>
    public string? ShortOf(decimal amount) => _periods.FirstOrDefault(period => period.Limit is not null && Room(period) < amount).Name;

    /// <summary>The first limit that would lack room for this amount even if everything came back that can; null: none.</summary>
    /// <param name="amount">USD.</param>
    /// <param name="slices">The key's slices that have not ended.</param>
    public string? ShortForGoodOf(decimal amount, IReadOnlyCollection<Slice> slices) =>
        _periods
            .FirstOrDefault(period =>
                period.Limit is not null
                && Room(period) + slices.Where(slice => IsWithin(slice.Day, period.Name)).Sum(slice => slice.Returnable) < amount
            )
            .Name;

    /// <summary>Holds an amount, or releases it if negative.</summary>
    public void Hold(decimal amount) => Change(row => row.Held += amount);

    /// <summary>Charges an amount.</summary>
    public void Charge(decimal amount) => Change(row => row.Charged += amount);

    private static decimal Room((BudgetPeriod Row, decimal? Limit, string Name) period) =>
        period.Limit!.Value - period.Row.Charged - period.Row.Held;

    private bool IsWithin(DateOnly day, string period) =>
        period switch
        {
            "day" => day == _day,
            "month" => (day.Year, day.Month) == (_day.Year, _day.Month),
            _ => true,
        };

    private void Change(Action<BudgetPeriod> change)
    {
        foreach (var (row, _, _) in _periods)
        {
            if (_db.Entry(row).State == EntityState.Detached)
            {
                _db.Add(row);
            }

            change(row);
        }
    }
}
