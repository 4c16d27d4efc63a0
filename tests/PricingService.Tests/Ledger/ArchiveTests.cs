using System.Data.Common;
using System.Security.Cryptography;
using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Budgets;
using ImageToText.Contracts.Client;
using ImageToText.Contracts.Ledger;
using ImageToText.PricingService.Storage;
using ImageToText.PricingService.Tests.Hosting;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.DependencyInjection;

namespace ImageToText.PricingService.Tests.Ledger;

/// <summary>Old records leave the ledger for files, and no report changes.</summary>
public sealed class ArchiveTests(PostgresCluster cluster) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ledger-archive-").FullName;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(Database.Sqlite)]
    [InlineData(Database.Postgres)]
    public async Task Archived_records_can_be_read_again_and_no_report_changes(Database database)
    {
        string connection = await ConnectionAsync(database);
        string[] settings = [$"--Pricing:Archive:Folder={_folder}", "--Pricing:Archive:RecordsPerFile=30"];
        CreatedKey key;
        BudgetSlice slice;
        List<UsageRecord> old;
        await using (var spring = await TestPricing.StartOnAsync(connection, new(TestPricing.Noon), settings))
        {
            key = await spring.KeyAsync(new(Total: 1_000));
            slice = (await spring.Service.RequestSliceAsync(new("gateway", key.Key.KeyId, 10, 10, 0))).Slice!;
            old = [.. Enumerable.Range(0, 50).Select(i => Record($"r-{i}", TestPricing.Noon.AddDays(i - 49), i % 2 == 0 ? slice : null))];
            await spring.Service.RecordUsageAsync(new("gateway", old), Cancelled);
        }

        // 100 days later. One caption of the old days arrives only now, so it stays as long as the new ones.
        var now = TestPricing.Noon.AddDays(100);
        await using var host = await TestPricing.StartOnAsync(connection, new(now), settings);
        await host.Service.RecordUsageAsync(
            new(
                "gateway",
                [
                    Record("late", TestPricing.Noon.AddDays(-40), slice),
                    .. Enumerable.Range(0, 10).Select(i => Record($"n-{i}", now.AddDays(-i))),
                ]
            ),
            Cancelled
        );
        var before = await LedgerAsync(host.Operator);
        var (usage, reconciliation) = await ReportsAsync(host.Operator);
        Assert.True(reconciliation.Balanced);
        List<LedgerArchiveInfo> archives = [];
        while (await host.Operator.ArchiveLedgerAsync(new(2026, 4, 21), Cancelled) is { } archive)
        {
            archives.Add(archive);
        }

        Assert.Equal([30, 20], archives.Select(static archive => archive.Records));
        Assert.Equal(archives, await host.Operator.GetArchivesAsync(Cancelled));
        Assert.Equal(before.Skip(50), await LedgerAsync(host.Operator));
        List<LedgerEntry> read = [];
        foreach (var archive in archives)
        {
            string path = Path.Combine(_folder, archive.File);
            await using var file = File.OpenRead(path);
            Assert.Equal($"{archive.Sha256}  {archive.File}\n", await File.ReadAllTextAsync(path + ".sha256", Cancelled));
            Assert.Equal(archive.Sha256, Convert.ToHexStringLower(await SHA256.HashDataAsync(file, Cancelled)));
            file.Position = 0;
            await foreach (var line in ArchiveFile.ReadAsync(file, Cancelled))
            {
                read.Add(new(line.Sequence, line.Record, line.ChargedUsd, line.ReceivedAt));
            }
        }

        Assert.Equal(before.Take(50), read);
        var (usageNow, reconciliationNow) = await ReportsAsync(host.Operator);
        Assert.Equal(usage.Rows, usageNow.Rows);
        Assert.Equal(usage.Total, usageNow.Total);
        Assert.True(reconciliationNow.Balanced);
        Assert.Equal((reconciliation.LedgerUsd, reconciliation.ReportedUsd), (reconciliationNow.LedgerUsd, reconciliationNow.ReportedUsd));
        Assert.Equal(reconciliation.Keys, reconciliationNow.Keys);

        // A gateway sends everything again, and one more caption of an archived month: only that one is charged, in its month.
        var receipt = await host.Service.RecordUsageAsync(new("gateway", [.. old, Record("later", TestPricing.Noon)]), Cancelled);
        Assert.Equal((1, 50), (receipt.Accepted, receipt.Duplicates));
        var everything = read.Concat(await LedgerAsync(host.Operator)).ToList();
        Assert.Equal(62, everything.Count);
        foreach (var month in everything.GroupBy(static entry => $"{entry.Record.At:yyyy-MM}"))
        {
            var statement = (await host.Operator.GetStatementsAsync(month.Key, cancellationToken: Cancelled)).Total;
            Assert.Equal(
                (month.Count(), month.Sum(static entry => entry.Record.CostUsd), month.Sum(static entry => entry.ChargedUsd)),
                (statement.Captions, statement.CostUsd, statement.ChargedUsd)
            );
        }

        Assert.Equal(
            everything.Sum(static entry => entry.ChargedUsd),
            (await host.Operator.GetKeyAsync(key.Key.KeyId, Cancelled))!.Spend.Total
        );
        Assert.True((await host.Operator.GetReconciliationAsync(Cancelled)).Balanced);

        // What no archive holds stays, whoever asks.
        await Assert.ThrowsAnyAsync<DbException>(() => host.ExecuteAsync("DELETE FROM ledger"));
        await Assert.ThrowsAnyAsync<DbException>(() => host.ExecuteAsync("DELETE FROM ledger_archives"));

        UsageRecord Record(string id, DateTimeOffset at, BudgetSlice? lent = null) =>
            LedgerTests.Record(key, id, 0.012345678901234567m, lent) with
            {
                At = at,
            };
    }

    [Fact]
    public async Task Recent_records_are_not_archived_and_nothing_is_without_a_folder()
    {
        await using var host = await TestPricing.StartAsync();
        var refused = await Assert.ThrowsAsync<PricingException>(() => host.Operator.ArchiveLedgerAsync(new(2026, 1, 1)));
        Assert.Contains("set Pricing:Archive:Folder", refused.Message, StringComparison.Ordinal);
        await using var other = await TestPricing.StartAsync($"--Pricing:Archive:Folder={_folder}");
        refused = await Assert.ThrowsAsync<PricingException>(() => other.Operator.ArchiveLedgerAsync(new(2026, 3, 14)));
        Assert.Contains("before must be 2026-01-11 or earlier, not 2026-03-14", refused.Message, StringComparison.Ordinal);
        Assert.Null(await other.Operator.ArchiveLedgerAsync(new(2026, 1, 11)));
        Assert.Empty(Directory.EnumerateFiles(_folder));
    }

    [Theory]
    [InlineData(Database.Sqlite)]
    [InlineData(Database.Postgres)]
    public async Task An_older_database_has_its_months_and_days_summed_up_exactly(Database database)
    {
        string connection = await ConnectionAsync(database);
        decimal[] costs = [0.000000000000000001m, 499_999_999.999999999999999999m, 0.3m];
        await using (var host = await TestPricing.StartOnAsync(connection, new(TestPricing.Noon), []))
        {
            // The sums over all keys add up those of both.
            foreach (var key in new[] { await host.KeyAsync(), await host.KeyAsync() })
            {
                await host.Service.RecordUsageAsync(
                    new(
                        "gateway",
                        [
                            .. costs.Select(
                                (cost, i) => LedgerTests.Record(key, $"{key.Key.KeyId}-{i}", cost) with { At = TestPricing.Noon.AddDays(i) }
                            ),
                        ]
                    ),
                    Cancelled
                );
            }

            await using var db = host.Services.GetRequiredService<Store>().OpenForReading();
            await db.GetService<IMigrator>().MigrateAsync("SharedBudgets", Cancelled);
        }

        await using var now = await TestPricing.StartOnAsync(connection, new(TestPricing.Noon), []);
        var statements = await now.Operator.GetStatementsAsync(cancellationToken: Cancelled);
        Assert.Equal(new(6, 0, 6 * 262_144, 54, 2 * costs.Sum(), 2 * costs.Sum()), statements.Total);
        var byDay = await now.Operator.GetUsageAsync(new() { GroupBy = [UsageDimension.Day] }, Cancelled);
        Assert.Equal(costs.Select(static cost => 2 * cost), byDay.Rows.Select(static row => row.Sum.CostUsd));
    }

    private async Task<string> ConnectionAsync(Database database)
    {
        Assert.SkipWhen(database == Database.Postgres && cluster.Missing is not null, cluster.Missing ?? "");
        return database == Database.Postgres
            ? await cluster.CreateDatabaseAsync()
            : $"Data Source={Path.Combine(_folder, "pricing.db")};Pooling=False";
    }

    private static async Task<IReadOnlyList<LedgerEntry>> LedgerAsync(PricingClient pricing) =>
        (await pricing.GetLedgerAsync(new(), limit: 1_000, cancellationToken: Cancelled)).Entries;

    private static async Task<(UsageReport Usage, ReconciliationReport Reconciliation)> ReportsAsync(PricingClient pricing) =>
        (
            await pricing.GetUsageAsync(new() { GroupBy = [UsageDimension.Day, UsageDimension.Model] }, Cancelled),
            await pricing.GetReconciliationAsync(Cancelled)
        );
}
