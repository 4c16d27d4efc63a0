using System.Diagnostics.Metrics;
using ImageToText.Contracts.Accounts;
using ImageToText.PricingService.Storage;
using ImageToText.PricingService.Telemetry;
using ImageToText.ServiceDefaults.Resilience;
using Microsoft.EntityFrameworkCore;

namespace ImageToText.PricingService.Budgets;

/// <summary>Measures what is left of every budget, a few times a minute, so that no scrape waits for the store.</summary>
internal sealed partial class BudgetGauge(Store store, PricingTelemetry telemetry, TimeProvider time, ILogger<BudgetGauge> logger)
    : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(15);

    /// <summary>Measures once.</summary>
    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var periods = BudgetAccount.PeriodsOf(BudgetAccount.DayOf(now));
        telemetry.BudgetsLeft(
            await store.ReadAsync(async db =>
            {
                var limited = await LimitedAsync(db, now, cancellationToken);
                if (limited.Count == 0)
                {
                    return [];
                }

                var charged = (
                    await db.BudgetPeriods.Where(row => periods.Contains(row.Period)).ToListAsync(cancellationToken)
                ).ToDictionary(row => (row.KeyId, row.Period), row => row.Charged);
                List<Measurement<double>> left = [];
                foreach (var (owner, budget) in limited)
                {
                    Add(owner, budget.PerDay, "day", periods[0]);
                    Add(owner, budget.PerMonth, "month", periods[1]);
                    Add(owner, budget.Total, "total", periods[2]);
                }

                return left;

                void Add(BudgetOwner owner, decimal? limit, string name, string period)
                {
                    if (limit is { } most)
                    {
                        left.Add(Measure(owner, name, most - charged.GetValueOrDefault((owner.RowId, period))));
                    }
                }
            })
        );
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        PeriodicRounds.RunAsync(Every, time, RunOnceAsync, fault => Log.Failed(logger, fault), stoppingToken);

    private static Measurement<double> Measure(BudgetOwner owner, string limit, decimal left)
    {
        List<KeyValuePair<string, object?>> tags = [new("scope", owner.Scope), new("limit", limit)];
        foreach (
            var (name, value) in (ReadOnlySpan<(string, string?)>)
                [("account", owner.Account), ("key_id", owner.KeyId), ("model_id", owner.ModelId)]
        )
        {
            if (value is not null)
            {
                tags.Add(new(name, value));
            }
        }

        return new((double)left, tags);
    }

    private static async Task<List<(BudgetOwner Owner, Budget Budget)>> LimitedAsync(
        PricingDb db,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        List<(BudgetOwner, Budget)> limited = [];
        foreach (var key in await db.Keys.Where(key => key.RevokedAt == null).ToListAsync(cancellationToken))
        {
            if (!key.IsValidAt(now))
            {
                continue;
            }

            var settings = key.Settings;
            if (settings.Budget is { } budget)
            {
                limited.Add((BudgetOwner.OfKey(key.KeyId), budget));
            }

            foreach (var (modelId, ofModel) in settings.ModelBudgets ?? new Dictionary<string, Budget>())
            {
                limited.Add((BudgetOwner.OfModel(key.KeyId, modelId), ofModel));
            }
        }

        foreach (var account in await db.Accounts.Where(account => account.BudgetJson != null).ToListAsync(cancellationToken))
        {
            limited.Add((BudgetOwner.OfAccount(account.Name), account.Budget!));
        }

        return limited;
    }

    private static partial class Log
    {
        [LoggerMessage(70, LogLevel.Error, "What is left of budgets could not be measured; trying again shortly.")]
        public static partial void Failed(ILogger logger, Exception fault);
    }
}
