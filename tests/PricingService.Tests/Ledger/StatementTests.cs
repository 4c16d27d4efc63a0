using System.Globalization;
using System.Net;
using System.Text;
using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Client;
using ImageToText.Contracts.Ledger;
using ImageToText.PricingService.Tests.Hosting;

namespace ImageToText.PricingService.Tests.Ledger;

/// <summary>Monthly statements say what the ledger says.</summary>
public sealed class StatementTests(PostgresCluster cluster)
{
    private const string Formula = "=HYPERLINK(\"http://evil\",\"<b>\")";

    private static readonly UsageSum Nothing = new(0, 0, 0, 0, 0, 0);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Database.Sqlite)]
    [InlineData(Database.Postgres)]
    public async Task Statements_equal_the_sum_of_the_ledger_to_the_last_digit(Database database)
    {
        await using var host = await TestPricing.StartAsync(
            database,
            cluster,
            "--Pricing:Statements:NodeOwners:node-a=alice",
            "--Pricing:Statements:NodeOwners:node-b=alice"
        );
        var pricing = host.Operator;
        CreatedKey[] keys =
        [
            await pricing.CreateKeyAsync(new("first", Account: "shop")),
            await pricing.CreateKeyAsync(new("second", Account: "shop")),
            await pricing.CreateKeyAsync(new(Formula, Account: "@zoo")),
            await pricing.CreateKeyAsync(new("alone")),
        ];
        var accounts = keys.ToDictionary(static key => key.Key.KeyId, static key => key.Key.Settings.Account);
        int seed = Random.Shared.Next();
        TestContext.Current.AddAttachment("seed", seed.ToString(CultureInfo.InvariantCulture));
        await host.Service.RecordUsageAsync(new("gateway", RandomRecords(new(seed), keys)), Cancelled);
        var entries = (await pricing.GetLedgerAsync(new(), limit: 1_000, cancellationToken: Cancelled)).Entries;
        var captions = entries.Where(static entry => entry.Record.Corrects is null).ToDictionary(static entry => entry.Record.RequestId);

        // Whole months, parts of them, and both.
        DateOnly Day(LedgerEntry entry) =>
            DateOnly.FromDateTime((entry.Record.Corrects is { } corrects ? captions[corrects] : entry).Record.At.UtcDateTime);
        foreach (var (first, last) in ((int, int)[])[(0, 119), (0, 30), (5, 12), (5, 40), (20, 118), (31, 58), (-40, 2_912_442)])
        {
            var (from, to) = (new DateOnly(2026, 1, 1).AddDays(first), new DateOnly(2026, 1, 1).AddDays(last));
            var usage = await pricing.GetUsageAsync(
                new()
                {
                    From = from,
                    To = to,
                    GroupBy = [UsageDimension.Model],
                },
                Cancelled
            );
            Assert.Equal(Sum(entries.Where(entry => Day(entry) >= from && Day(entry) <= to)), usage.Total);
        }

        foreach (string month in (string[])["2026-01", "2026-02", "2026-03", "2026-04"])
        {
            var ledger = entries
                .Where(entry => MonthOf(entry.Record.Corrects is { } corrects ? captions[corrects] : entry) == month)
                .ToList();
            var statements = await pricing.GetStatementsAsync(month, cancellationToken: Cancelled);
            Assert.Equal(
                ledger
                    .GroupBy(entry => (accounts[entry.Record.KeyId], entry.Record.KeyId, entry.Record.ModelId))
                    .ToDictionary(static line => line.Key, Sum),
                statements
                    .Accounts.SelectMany(static account =>
                        account.Lines.Select(line => (Key: (account.Account, line.KeyId, line.ModelId), line.Sum))
                    )
                    .ToDictionary(static line => line.Key, static line => line.Sum)
            );
            Assert.Equal(Sum(ledger), statements.Total);
            Assert.All(statements.Accounts, static account => Assert.Equal(Sum(account.Lines), account.Total));
            var shop = await pricing.GetStatementsAsync(month, "shop", Cancelled);
            Assert.Equal(Sum(ledger.Where(entry => accounts[entry.Record.KeyId] == "shop")), shop.Total);

            var owners = await pricing.GetOwnerStatementsAsync(month, cancellationToken: Cancelled);
            var made = ledger.Where(static entry => entry.Record.NodeId is not null).ToList();
            Assert.Equal(
                made.GroupBy(static entry => (entry.Record.NodeId == "node-c" ? null : "alice", entry.Record.NodeId!, entry.Record.ModelId))
                    .ToDictionary(static line => line.Key, static line => line.Sum(static entry => entry.ChargedUsd)),
                owners
                    .Owners.SelectMany(static owner =>
                        owner.Lines.Select(line => (Key: (owner.Owner, line.NodeId, line.ModelId), line.EarnedUsd))
                    )
                    .ToDictionary(static line => line.Key, static line => line.EarnedUsd)
            );
            Assert.Equal(made.Sum(static entry => entry.ChargedUsd), owners.TotalUsd);

            Assert.Equal(statements.Total.ChargedUsd, LastColumn(await pricing.ExportStatementsAsync(StatementFormat.Csv, month)));
            Assert.Equal(owners.TotalUsd, LastColumn(await pricing.ExportOwnerStatementsAsync(StatementFormat.Csv, month)));
            foreach (var account in statements.Accounts)
            {
                string page = Text(await pricing.ExportStatementsAsync(StatementFormat.Page, month, account.Account, Cancelled));
                Assert.Contains(Exact(account.Total.CostUsd), page, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task Names_that_look_like_formulas_or_markup_are_only_text()
    {
        await using var host = await TestPricing.StartAsync();
        var key = await host.Operator.CreateKeyAsync(new(Formula, Account: "@zoo"));
        await host.Service.RecordUsageAsync(new("gateway", [LedgerTests.Record(key, "r", 0.5m) with { ModelId = "+model" }]), Cancelled);

        string csv = Text(await host.Operator.ExportStatementsAsync(StatementFormat.Csv, "2026-03", cancellationToken: Cancelled));
        Assert.Equal(
            [
                "month,account,key_id,key_name,model_id,captions,cache_hits,pixels,tokens,cost_usd,charged_usd",
                $"2026-03,\"'@zoo\",{key.Key.KeyId},\"'=HYPERLINK(\"\"http://evil\"\",\"\"<b>\"\")\",\"'+model\",1,0,262144,9,0.5,0.5",
            ],
            csv.Split("\r\n", StringSplitOptions.RemoveEmptyEntries)
        );
        string page = Text(await host.Operator.ExportStatementsAsync(StatementFormat.Page, "2026-03", cancellationToken: Cancelled));
        Assert.Contains("&lt;b&gt;", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_month_that_can_not_be_read_is_refused_and_other_keys_see_no_statement()
    {
        await using var host = await TestPricing.StartAsync();
        var refused = await Assert.ThrowsAsync<PricingException>(() => host.Operator.GetStatementsAsync("2026-13"));
        Assert.Equal((HttpStatusCode.BadRequest, "month must be a month such as 2026-01, not 2026-13."), (refused.Status, refused.Message));
        var key = await host.KeyAsync();
        refused = await Assert.ThrowsAsync<PricingException>(() => host.Client(key.Secret).GetOwnerStatementsAsync());
        Assert.Equal(HttpStatusCode.Forbidden, refused.Status);
    }

    // Four months, captions at any moment, charges taken back in a later month, tokens known later, and amounts of any length.
    private static List<UsageRecord> RandomRecords(Random random, CreatedKey[] keys)
    {
        List<UsageRecord> records = [];
        for (int i = 0; i < 400; i++)
        {
            var caption = LedgerTests.Record(
                keys[random.Next(keys.Length)],
                $"r-{i}",
                new decimal(random.Next(), random.Next(), random.Next(1_000_000), isNegative: false, scale: 18),
                node: random.Next(4) is var node and < 3 ? $"node-{(char)('a' + node)}" : null
            ) with
            {
                At = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddSeconds(random.Next(120 * 86_400)),
                ModelId = random.Next(2) == 0 ? "org/model" : "-model",
                Pixels = random.NextInt64(1L << 40),
                Tokens = null,
            };
            records.Add(caption);
            var correction = caption with { RequestId = $"c-{i}", Corrects = caption.RequestId, At = caption.At.AddDays(random.Next(3)) };
            if (random.Next(5) == 0)
            {
                records.Add(correction with { Pixels = -caption.Pixels, CostUsd = -caption.CostUsd });
            }
            else if (random.Next(5) == 0)
            {
                records.Add(correction with { Pixels = 0, CostUsd = 0, Tokens = random.Next(50) });
            }
        }

        return records;
    }

    private static string MonthOf(LedgerEntry entry) => entry.Record.At.UtcDateTime.ToString("yyyy-MM", CultureInfo.InvariantCulture);

    private static UsageSum Sum(IEnumerable<LedgerEntry> entries) =>
        entries.Aggregate(
            Nothing,
            static (sum, entry) =>
            {
                int captions =
                    entry.Record.Corrects is null ? 1
                    : entry.Record.Pixels < 0 ? -1
                    : 0;
                return sum.Plus(
                    new(
                        captions,
                        entry.Record.Cache == CacheOutcome.Miss ? 0 : captions,
                        entry.Record.Pixels,
                        entry.Record.Tokens ?? 0,
                        entry.Record.CostUsd,
                        entry.ChargedUsd
                    )
                );
            }
        );

    private static UsageSum Sum(IEnumerable<StatementLine> lines) => lines.Aggregate(Nothing, static (sum, line) => sum.Plus(line.Sum));

    private static decimal LastColumn(byte[] csv) =>
        Text(csv)
            .Split("\r\n", StringSplitOptions.RemoveEmptyEntries)
            .Skip(1)
            .Sum(static line => decimal.Parse(line[(line.LastIndexOf(',') + 1)..], CultureInfo.InvariantCulture));

    private static string Exact(decimal usd) => Contracts.Prices.Cost.WithoutTrailingZeros(usd).ToString(CultureInfo.InvariantCulture);

    private static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);
}
