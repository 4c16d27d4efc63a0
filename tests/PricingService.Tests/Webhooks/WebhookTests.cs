using System.Security.Cryptography;
using System.Text;
using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Budgets;
using ImageToText.PricingService.Storage;
using ImageToText.PricingService.Tests.Hosting;
using ImageToText.PricingService.Tests.Ledger;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace ImageToText.PricingService.Tests.Webhooks;

public sealed class WebhookTests(PostgresCluster cluster)
{
    private static readonly byte[] Secret = Encoding.ASCII.GetBytes("thirty-two bytes of the test key");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Database.Sqlite)]
    [InlineData(Database.Postgres)]
    public async Task Eighty_and_a_hundred_percent_are_told_once_a_period_even_if_receiver_and_service_were_away(Database database)
    {
        Assert.SkipWhen(database == Database.Postgres && cluster.Missing is not null, cluster.Missing ?? "");
        string file = Path.Combine(Path.GetTempPath(), $"imagetotext-webhook-{Guid.NewGuid():N}.db");
        string connectionString = database == Database.Postgres ? await cluster.CreateDatabaseAsync() : $"Data Source={file};Pooling=False";
        await using var receiver = await WebhookReceiver.StartAsync();
        var time = new FakeTimeProvider(TestPricing.Noon);
        try
        {
            CreatedKey key;
            await using (var host = await StartAsync())
            {
                key = await host.Operator.CreateKeyAsync(new("one", "acme"), Cancelled);
                await host.Operator.UpdateAccountAsync("acme", new(new(PerDay: 10)), Cancelled);
                await SpendAsync(host, key, "r-1", 7.9m);
                receiver.Status = 500;
                // Sent twice, and charged once.
                await SpendAsync(host, key, "r-2", 0.2m);
                await SpendAsync(host, key, "r-2", 0.2m);
                await ReceivedAsync(1);
            }

            Assert.Single(receiver.Received.DistinctBy(static notice => notice.Id));
            int before = receiver.Received.Count;
            receiver.Status = 204;
            await using (var host = await StartAsync())
            {
                await SpendAsync(host, key, "r-3", 1.9m);
                await SpendAsync(host, key, "r-4", 5m);
                await SentAsync(host);
                var (nearly, whole) = Sent();
                Assert.Equal(receiver.Received[0].Id, nearly.Id);
                Assert.Equal(
                    ("account", "acme", null, "day", "2026-03-14"),
                    (nearly.Scope, nearly.Account, nearly.KeyId, nearly.Limit, nearly.Period)
                );
                Assert.Equal((8.1m, 10m, 10m), (nearly.ChargedUsd, nearly.LimitUsd, whole.ChargedUsd));
            }

            // Another day begins anew. Nothing takes a whole day of the first clock's ticks.
            time = new FakeTimeProvider(TestPricing.Noon.AddDays(1));
            before = receiver.Received.Count;
            await using (var host = await StartAsync())
            {
                await SpendAsync(host, key, "r-5", 12);
                await SentAsync(host);
                Assert.All([Sent().Nearly, Sent().Whole], static notice => Assert.Equal("2026-03-15", notice.Period));
            }

            // One of each since then.
            (BudgetNotice Nearly, BudgetNotice Whole) Sent()
            {
                var sent = receiver.Received.Skip(before).Select(static notice => notice.Notice).OrderBy(static notice => notice.Percent);
                Assert.Equal([80, 100], sent.Select(static notice => notice.Percent));
                return (sent.First(), sent.Last());
            }

            Assert.All(
                receiver.Received,
                static notice =>
                    Assert.Equal(
                        "v1,"
                            + Convert.ToBase64String(
                                HMACSHA256.HashData(Secret, Encoding.UTF8.GetBytes($"{notice.Id}.{notice.Time}.{notice.Body}"))
                            ),
                        notice.Signature
                    )
            );
        }
        finally
        {
            File.Delete(file);
        }

        Task<TestPricing> StartAsync() =>
            TestPricing.StartOnAsync(
                connectionString,
                time,
                [$"--Pricing:Webhook:Url={receiver.Address}", $"--Pricing:Webhook:Secret=whsec_{Convert.ToBase64String(Secret)}"]
            );

        // The service looks each second, by a clock that stands still until here.
        Task ReceivedAsync(int count) =>
            Eventually.HoldsAsync(() =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return receiver.Received.Count >= count;
            });

        Task SentAsync(TestPricing host) =>
            Eventually.HoldsAsync(async () =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return !await host.Services.GetRequiredService<Store>().ReadAsync(static db => db.Notices.AnyAsync(Cancelled));
            });

        async Task SpendAsync(TestPricing host, CreatedKey spending, string requestId, decimal usd) =>
            await host.Service.RecordUsageAsync(
                new("gateway", [LedgerTests.Record(spending, requestId, usd) with { At = time.GetUtcNow() }]),
                Cancelled
            );
    }

    [Fact]
    public async Task A_rest_that_no_longer_covers_a_caption_is_the_end_of_a_budget_but_a_costly_caption_is_not()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        receiver.Status = 500;
        await using var host = await TestPricing.StartAsync(
            $"--Pricing:Webhook:Url={receiver.Address}",
            $"--Pricing:Webhook:Secret={Convert.ToBase64String(Secret)}"
        );
        var key = await host.KeyAsync(new(Total: 10));
        await host.Service.RequestSliceAsync(new("gateway", key.Key.KeyId, 11, 11, 0), Cancelled);
        Assert.Empty(await PercentsAsync());
        var slice = (await host.Service.RequestSliceAsync(new("gateway", key.Key.KeyId, 9, 9, 0), Cancelled)).Slice!;
        await host.Service.ShrinkSlicesAsync(new("gateway", [new(slice.SliceId, 9, 9)]), Cancelled);
        // The ledger has no record yet; the money is gone nevertheless.
        await host.Service.RequestSliceAsync(new("gateway", key.Key.KeyId, 2, 2, 0), Cancelled);
        await host.Service.RequestSliceAsync(new("gateway", key.Key.KeyId, 2, 2, 0), Cancelled);
        Assert.Equal([80, 100], (await PercentsAsync()).Order());

        async Task<IReadOnlyList<int>> PercentsAsync() =>
            [
                .. (await host.Services.GetRequiredService<Store>().ReadAsync(static db => db.Notices.ToListAsync(Cancelled))).Select(
                    static notice =>
                        System.Text.Json.JsonSerializer.Deserialize(notice.Body, Contracts.ContractsJson.Default.BudgetNotice)!.Percent
                ),
            ];
    }

    [Fact]
    public async Task A_secret_that_is_too_short_stops_the_start()
    {
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(static () =>
            TestPricing.StartAsync("--Pricing:Webhook:Url=http://127.0.0.1/hook", "--Pricing:Webhook:Secret=whsec_c2hvcnQ=")
        );
        Assert.Contains("Pricing:Webhook:Secret", refused.Message, StringComparison.Ordinal);
    }
}
