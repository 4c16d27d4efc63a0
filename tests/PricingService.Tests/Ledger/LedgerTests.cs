using System.Globalization;
using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Budgets;
using ImageToText.Contracts.Ledger;
using ImageToText.Contracts.Prices;
using ImageToText.Contracts.Registry;
using ImageToText.PricingService.Ledger;
using ImageToText.PricingService.Storage;
using ImageToText.PricingService.Tests.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace ImageToText.PricingService.Tests.Ledger;

public sealed class LedgerTests(PostgresCluster cluster)
{
    [Theory]
    [InlineData(Database.Sqlite)]
    [InlineData(Database.Postgres)]
    public async Task A_512_picture_at_the_recommended_price_costs_0_000065536_everywhere(Database database)
    {
        await using var host = await TestPricing.StartAsync(database, cluster);
        await host.NodeAsync("node-a", new NodeModel("org/model", "r1", ModelState.Warm));
        var quote = await host.Service.GetQuoteAsync(512, 512, "org/model");
        Assert.Equal("0.000065536", quote.Offers[0].CostUsd.ToString(CultureInfo.InvariantCulture));

        var key = await host.KeyAsync();
        var receipt = await host.Service.RecordUsageAsync(new("gateway", [Record(key, "r-1", quote.Offers[0].CostUsd)]));
        Assert.Equal(new(1, 0, []), receipt with { Refused = [] });

        var usage = await host.Client(key.Secret).GetUsageAsync(new());
        Assert.Equal(0.000065536m, usage.Total.CostUsd);
        var entry = Assert.Single((await host.Client(key.Secret).GetLedgerAsync(new())).Entries);
        Assert.Equal(0.000065536m, entry.Record.CostUsd);
        Assert.Equal(0.000065536m, entry.ChargedUsd);
        using var csv = new MemoryStream();
        await host.Client(key.Secret).ExportUsageAsync(new(), csv);
        Assert.Contains(
            ",0.00000000025,0.000065536,0.000065536,miss,",
            System.Text.Encoding.UTF8.GetString(csv.ToArray()),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(Database.Sqlite)]
    [InlineData(Database.Postgres)]
    public async Task Twenty_eight_digits_are_stored_and_sums_equal_the_records(Database database)
    {
        await using var host = await TestPricing.StartAsync(database, cluster);
        var key = await host.KeyAsync();
        decimal[] costs =
        [
            999_999_999.999999999999999999m,
            0.000000000000000001m,
            0.333333333333333333m,
            123_456_789.123456789012345678m,
            0m,
        ];
        await host.Service.RecordUsageAsync(new("gateway", [.. costs.Select((cost, i) => Record(key, $"r-{i}", cost))]));
        var usage = await host.Operator.GetUsageAsync(
            new() { GroupBy = [UsageDimension.Day, UsageDimension.Key, UsageDimension.Model, UsageDimension.Node] }
        );
        Assert.Equal(costs.Sum(), usage.Total.CostUsd);
        Assert.Equal(costs.Sum(), Assert.Single(usage.Rows).Sum.ChargedUsd);
        var page = await host.Operator.GetLedgerAsync(new());
        Assert.Equal(costs, page.Entries.Select(entry => entry.Record.CostUsd));
        var reconciliation = await host.Operator.GetReconciliationAsync();
        Assert.True(reconciliation.Balanced);
        Assert.Equal(costs.Sum(), reconciliation.LedgerUsd);
        Assert.Equal(costs.Sum(), (await host.Operator.GetKeyAsync(key.Key.KeyId))!.Spend.Total);
    }

    [Theory]
    [InlineData(Database.Sqlite)]
    [InlineData(Database.Postgres)]
    public async Task A_resent_record_counts_once_even_if_many_send_it_at_once(Database database)
    {
        await using var host = await TestPricing.StartAsync(database, cluster);
        var key = await host.KeyAsync();
        var service = host.Service;
        var batch = new UsageBatch("gateway", [.. Enumerable.Range(0, 50).Select(i => Record(key, $"r-{i}", 0.01m))]);
        var receipts = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => service.RecordUsageAsync(batch)));
        Assert.Equal(50, receipts.Sum(receipt => receipt.Accepted));
        Assert.Equal(350, receipts.Sum(receipt => receipt.Duplicates));
        var usage = await host.Operator.GetUsageAsync(new());
        Assert.Equal(50, usage.Total.Captions);
        Assert.Equal(0.5m, usage.Total.CostUsd);
    }

    [Theory]
    [InlineData(Database.Sqlite)]
    [InlineData(Database.Postgres)]
    public async Task A_charge_that_is_taken_back_is_free_to_spend_again_and_the_books_balance(Database database)
    {
        await using var host = await TestPricing.StartAsync(database, cluster, TestPricing.Noon.AddHours(12).AddMinutes(-1));
        var key = await host.KeyAsync(new(PerDay: 1));
        var slice = (await host.Service.RequestSliceAsync(new("gateway", key.Key.KeyId, 1, 1, 0))).Slice!;
        var caption = Record(key, "r", 1) with { SliceId = slice.SliceId, GatewayId = "gateway" };
        var completion = caption with { RequestId = "r-completion", Corrects = "r", Pixels = 0, CostUsd = 0, Tokens = 7 };
        var reversal = caption with { RequestId = "r-reversal", Corrects = "r", Pixels = -caption.Pixels, CostUsd = -1, Tokens = null };
        Assert.Equal(2, (await host.Service.RecordUsageAsync(new("gateway", [caption with { Tokens = null }, completion]))).Accepted);
        var before = await host.Operator.GetUsageAsync(new());
        Assert.Equal(new UsageSum(1, 0, caption.Pixels, 7, 1, 1), before.Total);
        Assert.Equal(SliceOutcome.Exhausted, (await host.Service.RequestSliceAsync(new("gateway", key.Key.KeyId, 1, 1, 0))).Outcome);

        // The day is that of the caption, even if its charge is taken back on the next.
        host.Time.Advance(TimeSpan.FromMinutes(2));
        reversal = reversal with { At = host.Time.GetUtcNow() };
        Assert.Equal(1, (await host.Service.RecordUsageAsync(new("gateway", [reversal]))).Accepted);
        Assert.Equal(1, (await host.Service.RecordUsageAsync(new("gateway", [reversal]))).Duplicates);
        var day = Assert.Single((await host.Operator.GetUsageAsync(new() { GroupBy = [UsageDimension.Day] })).Rows);
        Assert.Equal(new UsageSum(0, 0, 0, 7, 0, 0), day.Sum);
        Assert.Equal(0, (await host.Operator.GetKeyAsync(key.Key.KeyId))!.Spend.Total);
        Assert.True((await host.Operator.GetReconciliationAsync()).Balanced);
        Assert.Equal(SliceOutcome.Granted, (await host.Service.RequestSliceAsync(new("gateway", key.Key.KeyId, 1, 1, 0))).Outcome);
    }

    [Theory]
    [InlineData(Database.Sqlite)]
    [InlineData(Database.Postgres)]
    public async Task A_request_that_two_gateways_delivered_is_charged_once_and_the_other_slice_is_free_again(Database database)
    {
        await using var host = await TestPricing.StartAsync(database, cluster);
        var key = await host.KeyAsync(new(Total: 10));
        var first = (await host.Service.RequestSliceAsync(new("first", key.Key.KeyId, 3, 3, 0))).Slice!;
        var second = (await host.Service.RequestSliceAsync(new("second", key.Key.KeyId, 5, 5, 0))).Slice!;
        await host.Service.RecordUsageAsync(new("first", [Record(key, "r", 3, first)]));
        var again = new UsageBatch("second", [Record(key, "r", 3, second), Record(key, "own", 1, second)]);
        Assert.Equal(
            (1, 1),
            (await host.Service.RecordUsageAsync(again)) is var receipt ? (receipt.Accepted, receipt.Duplicates) : default
        );
        Assert.Equal(2, (await host.Service.RecordUsageAsync(again)).Duplicates);
        // The second gateway counts both captions as spent from its slice, and gives back the last dollar.
        await host.Service.ShrinkSlicesAsync(new("second", [new(second.SliceId, 4, 4)]));
        Assert.Equal(new(key.Key.KeyId, 8, 4, 0, 4, 4, 0, 0), Assert.Single((await host.Operator.GetReconciliationAsync()).Keys));
        Assert.Equal(6, (await host.Operator.GetKeyAsync(key.Key.KeyId))!.Spend.Left);
        Assert.Equal(2, (await host.Operator.GetUsageAsync(new())).Total.Captions);
        Assert.True((await host.Operator.GetReconciliationAsync()).Balanced);
    }

    [Fact]
    public async Task A_correction_without_its_caption_is_refused()
    {
        await using var host = await TestPricing.StartAsync();
        var key = await host.KeyAsync();
        var other = await host.KeyAsync();
        var caption = Record(key, "r", 1);
        var reversal = caption with { RequestId = "r-reversal", Corrects = "r", Pixels = -caption.Pixels, CostUsd = -1 };
        var receipt = await host.Service.RecordUsageAsync(
            new(
                "gateway",
                [
                    reversal,
                    caption,
                    reversal with
                    {
                        RequestId = "a",
                        KeyId = other.Key.KeyId,
                    },
                    reversal with
                    {
                        RequestId = "b",
                        CostUsd = -0.5m,
                    },
                    reversal with
                    {
                        RequestId = "c",
                        CostUsd = 0.5m,
                    },
                ]
            )
        );
        Assert.Equal(1, receipt.Accepted);
        Assert.Equal(["c", "r-reversal", "a", "b"], receipt.Refused.Select(static refused => refused.RequestId));
        Assert.Equal(1, (await host.Operator.GetUsageAsync(new())).Total.ChargedUsd);
    }

    [Theory]
    [InlineData(Database.Sqlite)]
    [InlineData(Database.Postgres)]
    public async Task The_database_refuses_to_change_or_remove_entries(Database database)
    {
        await using var host = await TestPricing.StartAsync(database, cluster);
        var key = await host.KeyAsync();
        await host.Service.RecordUsageAsync(new("gateway", [Record(key, "r", 1)]));
        foreach (string change in (string[])["UPDATE ledger SET cost_usd = '0'::numeric", "DELETE FROM ledger"])
        {
            var fault = await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() =>
                host.ExecuteAsync(database == Database.Sqlite ? change.Replace("::numeric", "", StringComparison.Ordinal) : change)
            );
            Assert.Contains("the ledger is only added to", fault.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_reconciliation_sees_one_moment_even_if_slices_are_granted_between_its_reads()
    {
        await using var host = await TestPricing.StartAsync(Database.Postgres, cluster);
        var key = await host.KeyAsync(new(Total: 10));
        await host.Service.RequestSliceAsync(new("gateway", key.Key.KeyId, 1, 1, 0));
        await using var granting = await host.ConnectAsync();
        await using var grant = await granting.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await ExecuteAsync("LOCK TABLE budget_periods IN ACCESS EXCLUSIVE MODE");
        var reconciling = host.Operator.GetReconciliationAsync();
        // It has read the slices and now waits to read the held money.
        const string Waiting = """
            SELECT count(*) FROM pg_locks AS slices JOIN pg_locks AS held USING (pid)
            WHERE slices.relation = 'slices'::regclass AND held.relation = 'budget_periods'::regclass AND NOT held.granted
            """;
        while (await ExecuteAsync(Waiting) is 0L)
        {
            Assert.False(reconciling.IsCompleted);
        }

        await ExecuteAsync("UPDATE slices SET granted = granted + 2, amount = amount + 2");
        await ExecuteAsync("UPDATE budget_periods SET held = held + 2");
        await grant.CommitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(new(key.Key.KeyId, 1, 0, 1, 0, 0, 0, 0), Assert.Single((await reconciling).Keys));
        Assert.Equal(new(key.Key.KeyId, 3, 0, 3, 0, 0, 0, 0), Assert.Single((await host.Operator.GetReconciliationAsync()).Keys));

        async Task<object?> ExecuteAsync(string sql)
        {
            await using var command = granting.CreateCommand();
            command.CommandText = sql;
            return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
        }
    }

    [Theory]
    [InlineData(Database.Sqlite)]
    [InlineData(Database.Postgres)]
    public async Task The_reconciliation_neither_waits_for_a_running_write_nor_sees_half_of_it(Database database)
    {
        await using var host = await TestPricing.StartAsync(database, cluster);
        var key = await host.KeyAsync(new(Total: 10));
        await host.Service.RequestSliceAsync(new("gateway", key.Key.KeyId, 1, 1, 0));
        await host
            .Services.GetRequiredService<Store>()
            .WriteAsync(
                [LedgerWriter.OneAtATime],
                async db =>
                {
                    await db.Slices.ExecuteUpdateAsync(
                        slices => slices.SetProperty(slice => slice.Granted, 2),
                        TestContext.Current.CancellationToken
                    );
                    var reconciliation = await host.Operator.GetReconciliationAsync();
                    Assert.True(reconciliation.Balanced);
                    return Assert.Single(reconciliation.Keys);
                },
                TestContext.Current.CancellationToken
            );
    }

    internal static UsageRecord Record(
        CreatedKey key,
        string requestId,
        decimal cost,
        BudgetSlice? slice = null,
        string? node = "node-a"
    ) =>
        new(
            requestId,
            key.Key.KeyId,
            slice?.GatewayId ?? "gateway",
            slice?.SliceId,
            node,
            "org/model",
            "r1",
            TestPricing.Noon,
            262_144,
            Price.Recommended.PricePerUnit,
            cost,
            node is null ? CacheOutcome.Hit : CacheOutcome.Miss,
            12.5,
            9
        );
}
