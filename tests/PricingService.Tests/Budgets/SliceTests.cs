using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Budgets;
using ImageToText.Contracts.Prices;
using ImageToText.PricingService.Budgets;
using ImageToText.PricingService.Network;
using ImageToText.PricingService.Tests.Hosting;
using ImageToText.PricingService.Tests.Ledger;
using Microsoft.Extensions.DependencyInjection;

namespace ImageToText.PricingService.Tests.Budgets;

public sealed class SliceTests(PostgresCluster cluster)
{
    [Theory]
    [InlineData(Database.Sqlite)]
    [InlineData(Database.Postgres)]
    public async Task Eight_gateways_spend_a_budget_of_300_captions_exactly(Database database)
    {
        const int Gateways = 8;
        const int Requests = 1_000;
        const int Affordable = 300;
        await using var host = await TestPricing.StartAsync(database, cluster);
        decimal cost = Cost.Of(512, 512, Price.Recommended.PricePerUnit);
        var key = await host.KeyAsync(new(Total: Affordable * cost));
        var gate = new Lock();
        decimal committed = 0m;
        int delivered = 0;
        int refused = 0;
        int tooEarly = 0;
        await Task.WhenAll(
            Enumerable
                .Range(0, Gateways)
                .Select(i =>
                    RunAsync(
                        new SpendingGateway($"gateway-{i}", host.Service, key, 50 * cost)
                        {
                            Reserved = amount =>
                            {
                                lock (gate)
                                {
                                    committed += amount;
                                    delivered++;
                                }
                            },
                            Refused = () =>
                            {
                                lock (gate)
                                {
                                    refused++;
                                    tooEarly += (Affordable * cost) - committed >= cost ? 1 : 0;
                                }
                            },
                        },
                        Requests / Gateways,
                        atOnce: 8,
                        _ => cost
                    )
                )
        );

        Assert.Equal(Affordable, delivered);
        Assert.Equal(Requests - Affordable, refused);
        Assert.Equal(0, tooEarly);
        var usage = await host.Operator.GetUsageAsync(new());
        Assert.Equal(Affordable * cost, usage.Total.CostUsd);
        Assert.Equal(Affordable * cost, usage.Total.ChargedUsd);
        var reconciliation = await host.Operator.GetReconciliationAsync();
        Assert.True(reconciliation.Balanced);
        Assert.Equal(0, Assert.Single(reconciliation.Keys).Held);
        Assert.Equal(0, (await host.Operator.GetKeyAsync(key.Key.KeyId))!.Spend.Left);
    }

    [Fact]
    public async Task Pictures_of_many_sizes_never_overspend_and_leave_less_than_the_smallest_costs()
    {
        await using var host = await TestPricing.StartAsync();
        var key = await host.KeyAsync(new(Total: 1));
        int refused = 0;
        decimal spent = 0m;
        var gate = new Lock();
        await Task.WhenAll(
            Enumerable
                .Range(0, 4)
                .Select(i =>
                    RunAsync(
                        new SpendingGateway($"gateway-{i}", host.Service, key, 0.2m)
                        {
                            Reserved = amount =>
                            {
                                lock (gate)
                                {
                                    spent += amount;
                                }
                            },
                            Refused = () => Interlocked.Increment(ref refused),
                        },
                        200,
                        atOnce: 4,
                        number => 0.001m + (0.000373m * ((number * 7919) % 13))
                    )
                )
        );
        Assert.InRange(spent, 1 - 0.0009m - (0.000373m * 13), 1);
        Assert.True(refused > 0);
        var reconciliation = await host.Operator.GetReconciliationAsync();
        Assert.True(reconciliation.Balanced);
        Assert.Equal(spent, Assert.Single(reconciliation.Keys).Charged);
    }

    [Theory]
    [InlineData(Database.Sqlite)]
    [InlineData(Database.Postgres)]
    public async Task A_dead_gateways_slice_returns_after_lease_and_grace_and_its_late_records_never_overspend(Database database)
    {
        await using var host = await TestPricing.StartAsync(database, cluster);
        var desk = host.Services.GetRequiredService<BudgetLeaseService>();
        var key = await host.KeyAsync(new(Total: 10));
        var dead = (await host.Service.RequestSliceAsync(new("dead", key.Key.KeyId, 8, 8, 0))).Slice!;
        await host.Service.RecordUsageAsync(new("dead", [LedgerTests.Record(key, "shipped", 1, dead)]));

        var held = await host.Service.RequestSliceAsync(new("alive", key.Key.KeyId, 5, 5, 0));
        Assert.Equal((SliceOutcome.Held, "total"), (held.Outcome, held.Limit));

        host.Time.Advance(TimeSpan.FromSeconds(629));
        Assert.Equal(0, await desk.EndExpiredAsync(TestContext.Current.CancellationToken));
        host.Time.Advance(TimeSpan.FromSeconds(2));
        await desk.EndExpiredAsync(TestContext.Current.CancellationToken);
        Assert.Equal([dead.SliceId], (await host.Service.RenewSlicesAsync(new("dead", [dead.SliceId]))).Gone);
        var alive = await host.Service.RequestSliceAsync(new("alive", key.Key.KeyId, 7, 7, 0));
        Assert.Equal(SliceOutcome.Granted, alive.Outcome);

        // Two dollars are left. One late record fits, the other was delivered free of charge.
        await host.Service.RecordUsageAsync(
            new("dead", [LedgerTests.Record(key, "late-1", 2, dead), LedgerTests.Record(key, "late-2", 2, dead)])
        );
        var standing = Assert.Single((await host.Operator.GetReconciliationAsync()).Keys);
        Assert.Equal(new(key.Key.KeyId, 15, 7, 7, 5, 3, 2, 0), standing);
        Assert.Equal(SliceOutcome.Held, (await host.Service.RequestSliceAsync(new("third", key.Key.KeyId, 0.000001m, 1, 0))).Outcome);
    }

    [Theory]
    [InlineData(Database.Sqlite)]
    [InlineData(Database.Postgres)]
    public async Task After_a_database_outage_gateways_have_a_grace_period_to_renew_and_send_records(Database database)
    {
        await using var host = await TestPricing.StartAsync(database, cluster);
        var upkeep = host.Services.GetRequiredService<RegistryMaintenance>();
        await upkeep.StopAsync(TestContext.Current.CancellationToken);
        var key = await host.KeyAsync(new(Total: 10));
        var renewed = (await host.Service.RequestSliceAsync(new("first", key.Key.KeyId, 4, 4, 0))).Slice!;
        var lost = (await host.Service.RequestSliceAsync(new("second", key.Key.KeyId, 4, 4, 0))).Slice!;

        await host.ExecuteAsync("ALTER TABLE nodes RENAME TO nodes_away", "ALTER TABLE slices RENAME TO slices_away");
        host.Time.Advance(TimeSpan.FromMinutes(11));
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => upkeep.RunOnceAsync(TestContext.Current.CancellationToken));
        await host.ExecuteAsync("ALTER TABLE nodes_away RENAME TO nodes", "ALTER TABLE slices_away RENAME TO slices");

        await upkeep.RunOnceAsync(TestContext.Current.CancellationToken);
        Assert.Equal(SliceOutcome.Held, (await host.Service.RequestSliceAsync(new("third", key.Key.KeyId, 5, 5, 0))).Outcome);
        host.Time.Advance(TimeSpan.FromSeconds(29));
        await upkeep.RunOnceAsync(TestContext.Current.CancellationToken);
        Assert.Empty((await host.Service.RenewSlicesAsync(new("first", [renewed.SliceId]))).Gone);
        await host.Service.RecordUsageAsync(new("second", [LedgerTests.Record(key, "late", 3, lost)]));

        host.Time.Advance(TimeSpan.FromSeconds(2));
        await upkeep.RunOnceAsync(TestContext.Current.CancellationToken);
        Assert.Equal([lost.SliceId], (await host.Service.RenewSlicesAsync(new("second", [lost.SliceId]))).Gone);
        Assert.Equal(new(key.Key.KeyId, 8, 1, 4, 3, 3, 0, 0), Assert.Single((await host.Operator.GetReconciliationAsync()).Keys));
    }

    [Fact]
    public async Task A_waiting_request_gets_money_that_another_gateway_returns_on_recall()
    {
        await using var host = await TestPricing.StartAsync();
        var key = await host.KeyAsync(new(Total: 10));
        var first = (await host.Service.RequestSliceAsync(new("first", key.Key.KeyId, 10, 10, 0))).Slice!;
        long version = (await host.Service.WatchNetworkAsync("first", null, TimeSpan.Zero)).Version;
        var watching = host.Service.WatchNetworkAsync("first", version, TimeSpan.FromSeconds(60));
        var waiting = host.Service.RequestSliceAsync(new("second", key.Key.KeyId, 3, 3, 30));

        var recall = Assert.Single((await watching).Recalls);
        Assert.Equal(new(first.SliceId, key.Key.KeyId), recall);
        var kept = await host.Service.ShrinkSlicesAsync(new("first", [new(first.SliceId, 4)]));
        Assert.Equal(4, Assert.Single(kept.Slices).Amount);
        Assert.Equal(3, (await waiting).Slice!.Amount);
    }

    [Theory]
    [InlineData(Database.Sqlite)]
    [InlineData(Database.Postgres)]
    public async Task Money_for_delivered_captions_is_not_awaited_and_not_lent_again_before_their_records_arrive(Database database)
    {
        await using var host = await TestPricing.StartAsync(database, cluster);
        var key = await host.KeyAsync(new(Total: 10));
        var slice = (await host.Service.RequestSliceAsync(new("first", key.Key.KeyId, 10, 10, 0))).Slice!;
        Assert.Equal(SliceOutcome.Held, (await host.Service.RequestSliceAsync(new("second", key.Key.KeyId, 3, 3, 0))).Outcome);

        // Eight dollars are spent, one and a half are set aside for captions under way, and half a dollar comes back.
        await host.Service.ShrinkSlicesAsync(new("first", [new(slice.SliceId, 9.5m, 8)]));
        Assert.Equal(SliceOutcome.Exhausted, (await host.Service.RequestSliceAsync(new("second", key.Key.KeyId, 3, 3, 0))).Outcome);
        Assert.Equal(SliceOutcome.Held, (await host.Service.RequestSliceAsync(new("second", key.Key.KeyId, 2, 2, 0))).Outcome);

        host.Time.Advance(TimeSpan.FromMinutes(12));
        var desk = host.Services.GetRequiredService<BudgetLeaseService>();
        await desk.EndExpiredAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, await desk.EndExpiredAsync(TestContext.Current.CancellationToken));
        Assert.Equal(2, (await host.Service.RequestSliceAsync(new("second", key.Key.KeyId, 2, 2, 0))).Slice!.Amount);
        await host.Service.RecordUsageAsync(new("first", [LedgerTests.Record(key, "late", 8, slice)]));
        Assert.Equal(new(key.Key.KeyId, 12, 2, 2, 8, 8, 0, 0), Assert.Single((await host.Operator.GetReconciliationAsync()).Keys));
    }

    [Fact]
    public async Task A_request_repeated_after_its_slice_has_ended_returns_no_money()
    {
        await using var host = await TestPricing.StartAsync();
        var key = await host.KeyAsync(new(Total: 10));
        var request = new SliceRequest("gateway", key.Key.KeyId, 10, 10, 0, "request-1");
        var slice = (await host.Service.RequestSliceAsync(request)).Slice!;
        await host.Service.ShrinkSlicesAsync(new("gateway", [new(slice.SliceId, 0)]));
        var again = await host.Service.RequestSliceAsync(request);
        Assert.Equal((SliceOutcome.Held, null), (again.Outcome, again.Slice));
    }

    [Fact]
    public async Task A_repeated_request_gets_the_same_slice()
    {
        await using var host = await TestPricing.StartAsync();
        var key = await host.KeyAsync(new(Total: 10));
        var request = new SliceRequest("gateway", key.Key.KeyId, 1, 2, 0, "request-1");
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => host.Service.RequestSliceAsync(request)));
        Assert.Single(answers.Select(answer => answer.Slice!.SliceId).Distinct());
        Assert.Single((await host.Service.GetSlicesAsync("gateway")).Slices);
    }

    [Fact]
    public async Task Slices_of_a_daily_budget_end_at_midnight_and_the_next_day_starts_fresh()
    {
        await using var host = await TestPricing.StartOnAsync(null, new(new(2026, 3, 14, 23, 59, 50, TimeSpan.Zero)), []);
        var key = await host.KeyAsync(new(PerDay: 5, PerMonth: 8));
        var slice = (await host.Service.RequestSliceAsync(new("gateway", key.Key.KeyId, 5, 5, 0))).Slice!;
        Assert.Equal(10, slice.LeaseSeconds);
        Assert.Equal(new DateTimeOffset(2026, 3, 15, 0, 0, 0, TimeSpan.Zero), slice.ExpiresAt);
        await host.Service.RecordUsageAsync(
            new("gateway", [LedgerTests.Record(key, "r", 5, slice) with { At = slice.ExpiresAt.AddSeconds(2) }])
        );
        var full = await host.Service.RequestSliceAsync(new("gateway", key.Key.KeyId, 1, 1, 0));
        Assert.Equal((SliceOutcome.Exhausted, "day"), (full.Outcome, full.Limit));

        host.Time.SetUtcNow(new(2026, 3, 15, 0, 0, 1, TimeSpan.Zero));
        var month = await host.Service.RequestSliceAsync(new("gateway", key.Key.KeyId, 4, 4, 0));
        Assert.Equal((SliceOutcome.Exhausted, "month"), (month.Outcome, month.Limit));
        Assert.Equal(SliceOutcome.Granted, (await host.Service.RequestSliceAsync(new("gateway", key.Key.KeyId, 3, 3, 0))).Outcome);
    }

    [Fact]
    public async Task Keys_without_a_budget_need_no_slices_and_unknown_ones_get_none()
    {
        await using var host = await TestPricing.StartAsync();
        var free = await host.KeyAsync();
        Assert.Equal(SliceOutcome.Unlimited, (await host.Service.RequestSliceAsync(new("gateway", free.Key.KeyId, 1, 1, 0))).Outcome);
        Assert.Equal(SliceOutcome.NoSuchKey, (await host.Service.RequestSliceAsync(new("gateway", "key_none", 1, 1, 0))).Outcome);
        var limited = await host.KeyAsync(new Budget(Total: 1));
        await host.Operator.RevokeKeyAsync(limited.Key.KeyId);
        Assert.Equal(SliceOutcome.NoSuchKey, (await host.Service.RequestSliceAsync(new("gateway", limited.Key.KeyId, 1, 1, 0))).Outcome);
    }

    private static async Task RunAsync(SpendingGateway gateway, int captions, int atOnce, Func<int, decimal> cost)
    {
        using (gateway)
        {
            await gateway.RunAsync(captions, atOnce, cost);
        }
    }
}
