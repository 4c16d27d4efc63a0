using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Budgets;
using ImageToText.PricingService.Storage;
using ImageToText.PricingService.Tests.Hosting;
using ImageToText.PricingService.Tests.Ledger;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ImageToText.PricingService.Tests.Budgets;

/// <summary>Budgets of accounts over several keys, and of models within a key.</summary>
public sealed class SharedBudgetTests(PostgresCluster cluster)
{
    private const string Model = "org/other";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Database.Sqlite)]
    [InlineData(Database.Postgres)]
    public async Task Racing_gateways_pass_neither_the_account_s_budget_nor_a_key_s_nor_a_model_s(Database database)
    {
        const decimal Cost = 0.01m;
        const int OfAccount = 60;
        const int OfKey = 40;
        const int OfModel = 15;
        await using var host = await TestPricing.StartAsync(database, cluster);
        await host.Operator.UpdateAccountAsync("acme/labs", new(new(PerMonth: OfAccount * Cost)), Cancelled);
        var one = await KeyAsync(host, new("one", "acme/labs", Budget: new(Total: OfKey * Cost), ModelBudgets: For(OfModel * Cost)));
        var two = await KeyAsync(host, new("two", "acme/labs"));
        int[] delivered = new int[3];
        await Task.WhenAll(
            Enumerable
                .Range(0, 2)
                .SelectMany(i =>
                    (Task[])[SpendAsync($"a{i}", one, null, 0), SpendAsync($"b{i}", one, Model, 1), SpendAsync($"c{i}", two, null, 2)]
                )
        );

        Assert.Equal(OfAccount, delivered.Sum());
        Assert.InRange(delivered[0] + delivered[1], 0, OfKey);
        Assert.InRange(delivered[1], 0, OfModel);
        var account = Assert.Single(await host.Operator.GetAccountsAsync(Cancelled));
        Assert.Equal(
            ("acme/labs", OfAccount * Cost, 0m, 0m),
            (account.Account, account.Spend.ThisMonth, account.Spend.Held, account.Spend.Left)
        );
        Assert.Equal(2, account.KeyIds.Count);
        var key = (await host.Operator.GetKeyAsync(one.Key.KeyId, Cancelled))!;
        Assert.Equal((delivered[0] + delivered[1]) * Cost, key.Spend.Total);
        Assert.Equal(delivered[1] * Cost, key.ModelSpend![Model].Total);
        var books = await host.Operator.GetReconciliationAsync(Cancelled);
        Assert.True(books.Balanced);
        Assert.All(books.Budgets, static budget => Assert.Equal((0m, 0m), (budget.Held, budget.Difference)));
        Assert.Equal(OfAccount * Cost, books.LedgerUsd);

        async Task SpendAsync(string id, CreatedKey spending, string? model, int part)
        {
            using var gateway = new SpendingGateway(id, host.Service, spending, 10 * Cost, model)
            {
                Reserved = _ => Interlocked.Increment(ref delivered[part]),
                Refused = static () => { },
            };
            await gateway.RunAsync(50, atOnce: 4, static _ => Cost);
        }
    }

    [Fact]
    public async Task Each_limit_is_named_and_what_is_taken_back_returns_to_all_of_them()
    {
        await using var host = await TestPricing.StartAsync();
        await host.Operator.UpdateAccountAsync("acme", new(new(PerDay: 3)), Cancelled);
        var key = await KeyAsync(host, new("one", "acme", ModelBudgets: For(2)));
        var other = await KeyAsync(host, new("two", "acme"));
        Assert.Equal("model_total", (await AskAsync(key, 2.5m, Model)).Limit);
        var slice = (await AskAsync(key, 2, Model)).Slice!;
        Assert.Equal(Model, slice.ModelId);
        // Slices of a daily budget end with the day, whoever else's budget that is.
        Assert.True(slice.ExpiresAt <= TestPricing.Noon.Date.AddDays(1));
        var caption = LedgerTests.Record(key, "r", 2, slice) with { ModelId = Model };
        await host.Service.RecordUsageAsync(new("gateway", [caption]), Cancelled);
        Assert.Equal("account_day", (await AskAsync(other, 2, null)).Limit);
        // The key has moved meanwhile; the charge returns to where it came from.
        await host.Operator.UpdateKeyAsync(key.Key.KeyId, key.Key.Settings with { Account = "elsewhere" }, Cancelled);
        var reversal = caption with { RequestId = "r-reversal", Corrects = "r", Pixels = -caption.Pixels, CostUsd = -2 };
        await host.Service.RecordUsageAsync(new("gateway", [reversal]), Cancelled);
        Assert.Equal(3, (await AskAsync(other, 3, null)).Slice!.Amount);
        Assert.Equal(2, (await AskAsync(key, 2, Model)).Slice!.Amount);
        Assert.Equal(
            [("acme", 0m), ("elsewhere", 0m)],
            (await host.Operator.GetAccountsAsync(Cancelled)).Select(static account => (account.Account, account.Spend.Total))
        );
        Assert.True((await host.Operator.GetReconciliationAsync(Cancelled)).Balanced);

        Task<SliceAnswer> AskAsync(CreatedKey spending, decimal usd, string? model) =>
            host.Service.RequestSliceAsync(new("gateway", spending.Key.KeyId, usd, usd, 0, ModelId: model), Cancelled);
    }

    [Fact]
    public async Task A_new_limit_recalls_what_was_lent_without_it_and_gateways_are_told()
    {
        await using var host = await TestPricing.StartAsync();
        var key = await KeyAsync(host, new("one", "acme", Budget: new(Total: 10)));
        var free = await KeyAsync(host, new("two", "acme"));
        var slice = (await host.Service.RequestSliceAsync(new("gateway", key.Key.KeyId, 4, 4, 0), Cancelled)).Slice!;
        Assert.False((await host.Service.ValidateKeyAsync(ApiKey.Hash(free.Secret), Cancelled))!.HasBudget);
        await host.Operator.UpdateAccountAsync("acme", new(new(Total: 5)), Cancelled);
        Assert.True((await host.Service.ValidateKeyAsync(ApiKey.Hash(free.Secret), Cancelled))!.HasBudget);
        var network = await host.Service.WatchNetworkAsync("gateway", null, TimeSpan.Zero, Cancelled);
        Assert.Equal([new SliceRecall(slice.SliceId, key.Key.KeyId)], network.Recalls);
        await host.Operator.UpdateKeyAsync(key.Key.KeyId, key.Key.Settings with { ModelBudgets = For(1) }, Cancelled);
        Assert.Equal([Model], (await host.Service.ValidateKeyAsync(ApiKey.Hash(key.Secret), Cancelled))!.BudgetedModels);
    }

    [Theory]
    [InlineData(Database.Sqlite)]
    [InlineData(Database.Postgres)]
    public async Task A_database_of_the_last_version_is_brought_up_to_date_and_what_was_spent_counts(Database database)
    {
        Assert.SkipWhen(database == Database.Postgres && cluster.Missing is not null, cluster.Missing ?? "");
        string file = Path.Combine(Path.GetTempPath(), $"imagetotext-upgrade-{Guid.NewGuid():N}.db");
        string connectionString = database == Database.Postgres ? await cluster.CreateDatabaseAsync() : $"Data Source={file};Pooling=False";
        try
        {
            using (var store = new Store(Options.Create(new StoreOptions { ConnectionString = connectionString })))
            {
                await using var db = store.OpenForReading();
                await db.GetService<IMigrator>().MigrateAsync("IdempotentRequests", Cancelled);
                await WriteLastVersionAsync(db, database);
            }

            await using var host = await TestPricing.StartOnAsync(connectionString, new(TestPricing.Noon), []);
            await AssertBalancedAsync(host);
            var account = await host.Operator.UpdateAccountAsync("acme", new(new(PerMonth: 10)), Cancelled);
            Assert.Equal((3m, 3m, 7m, 7m), (account.Spend.Today, account.Spend.ThisMonth, account.Spend.Total, account.Spend.Left));
            var key = await host.Operator.UpdateKeyAsync(
                "key_1",
                new("one", "acme", Budget: new(Total: 100), ModelBudgets: For(10)),
                Cancelled
            );
            Assert.Equal(7, key.ModelSpend![Model].Total);
            // The slice of the last version is still good.
            var slice = Assert.Single((await host.Service.GetSlicesAsync("gateway", Cancelled)).Slices);
            await host.Service.RecordUsageAsync(
                new("gateway", [LedgerTests.Record(new("", key), "r", 1, slice) with { ModelId = Model }]),
                Cancelled
            );
            account = Assert.Single(await host.Operator.GetAccountsAsync(Cancelled));
            Assert.Equal((4m, 8m, 6m), (account.Spend.Today, account.Spend.Total, account.Spend.Left));
            await AssertBalancedAsync(host);
        }
        finally
        {
            File.Delete(file);
        }
    }

    // Of the last version's ledger there are only the daily sums here.
    private static async Task AssertBalancedAsync(TestPricing host)
    {
        var books = await host.Operator.GetReconciliationAsync(Cancelled);
        Assert.All(books.Keys, static key => Assert.Equal(0, key.Difference));
        Assert.All(books.Budgets, static budget => Assert.Equal(0, budget.Difference));
    }

    /// <summary>A key of an account that has spent 4 a month ago and 3 today, and holds 2.</summary>
    private static async Task WriteLastVersionAsync(PricingDb db, Database database)
    {
        bool isSqlite = database == Database.Sqlite;
        string time = isSqlite ? "0" : "'2026-01-01Z'";
        string later = isSqlite ? "999999999999999999" : "'2027-01-01Z'";
        string Usd(int amount) => isSqlite ? $"'{amount}.0'" : $"{amount}";
        string[] statements =
        [
            $"INSERT INTO keys (key_id, secret_hash, prefix, settings_json, created_at) VALUES ('key_1', 'h', 'itt_', "
                + """'{"name":"one","account":"acme","scopes":["caption"],"budget":{"total":100}}', """
                + $"{time})",
            $"INSERT INTO budget_periods (key_id, period, charged, held) VALUES ('key_1', 'total', {Usd(7)}, {Usd(2)}), "
                + $"('key_1', '2026-02', {Usd(4)}, {Usd(0)}), ('key_1', '2026-02-14', {Usd(4)}, {Usd(0)}), "
                + $"('key_1', '2026-03', {Usd(3)}, {Usd(2)}), ('key_1', '2026-03-14', {Usd(3)}, {Usd(2)})",
            "INSERT INTO slices (slice_id, key_id, gateway_id, day, granted, amount, spent, delivered, granted_at, expires_at) VALUES "
                + $"('s', 'key_1', 'gateway', '2026-03-14', {Usd(2)}, {Usd(2)}, {Usd(0)}, {Usd(0)}, {time}, {later})",
            .. ((string Day, int Usd)[])[("2026-02-14", 4), ("2026-03-14", 3)] is var days
                ? days.Select(day =>
                    "INSERT INTO usage_days (day, key_id, model_id, node_id, gateway_id, captions, cache_hits, pixels, tokens, cost_usd, "
                    + $"charged_usd) VALUES ('{day.Day}', 'key_1', '{Model}', 'n', 'g', 1, 0, 1, 1, {Usd(day.Usd)}, {Usd(day.Usd)})"
                )
                : [],
        ];
        foreach (string statement in statements)
        {
            // Braces would be places for arguments.
            await db.Database.ExecuteSqlRawAsync(
                statement.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal),
                Cancelled
            );
        }
    }

    private static Task<CreatedKey> KeyAsync(TestPricing host, KeySettings settings) => host.Operator.CreateKeyAsync(settings, Cancelled);

    private static Dictionary<string, Budget> For(decimal total) => new() { [Model] = new(Total: total) };
}
