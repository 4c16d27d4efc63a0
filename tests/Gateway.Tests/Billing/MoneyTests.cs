using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using ImageToText.Contracts.Budgets;
using ImageToText.Contracts.Ledger;
using ImageToText.Gateway.Billing;
using ImageToText.Gateway.Billing.Budgets;
using ImageToText.Gateway.Billing.Journal;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Registry;
using ImageToText.Gateway.Tests.StandIns;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace ImageToText.Gateway.Tests.Billing;

public sealed class MoneyTests : IDisposable
{
    private const decimal CostOfOne = 0.000065536m;
    private static readonly byte[] Square = Pictures.Png(512, 512);
    private readonly string _data = Directory.CreateTempSubdirectory("gateway-money-").FullName;
    private readonly FakeTimeProvider _time = new();
    private readonly ScriptedPricing _scripted = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _scripted.Dispose();
        Directory.Delete(_data, recursive: true);
    }

    [Fact]
    public async Task Captions_continue_while_pricing_is_down_and_each_reaches_the_ledger_once()
    {
        await using var cluster = await TestCluster.BuildAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice", budget: 1));
        await CaptionAsync(http, 20);
        await cluster.Pricing.StopAsync();
        await CaptionAsync(http, 50);
        await cluster.Pricing.StartAsync();
        await Eventually.HoldsAsync(() => cluster.Pricing.Ledger.Count == 70);
        await CaptionAsync(http, 10);
        await Eventually.HoldsAsync(() => cluster.Pricing.Ledger.Count == 80);
        Assert.Equal(80 * CostOfOne, cluster.Pricing.Ledger.Values.Sum(static record => record.CostUsd));
    }

    [Fact]
    public async Task A_gateway_returns_unspent_slices_when_it_stops()
    {
        // No slice is requested ahead of need: one granted while the gateway stops would stay out until its lease ends.
        await using var cluster = await TestCluster.BuildAsync(settings: "Gateway:Budgets:Horizon=00:00:00.001");
        using var http = cluster.Client(cluster.Pricing.AddKey("alice", budget: 1));
        await CaptionAsync(http, 3);
        Assert.NotEqual(0, cluster.Pricing.Held("alice"));
        await cluster.Gateways[0].StopAsync(Cancelled);
        Assert.Equal(0, cluster.Pricing.Held("alice"));
        Assert.Equal(3, cluster.Pricing.Ledger.Count);
    }

    [Fact]
    public async Task A_budget_reported_as_spent_is_checked_again_after_a_minute()
    {
        // Midnight has passed here but not yet at the pricing service, so its answer is about yesterday.
        _time.SetUtcNow(new DateTimeOffset(2030, 1, 2, 0, 0, 0, TimeSpan.Zero));
        using var budgets = _scripted.Budgets(ScriptedPricing.Identity(_data), _time);
        var budget = budgets.Of("alice");
        _scripted.Ask = static _ => new SliceAnswer(SliceOutcome.Exhausted, null, 0, 0, "day", null);
        await Assert.ThrowsAsync<RefusalException>(async () => await budget.ReserveAsync(1, Cancelled));
        _scripted.Ask = null;

        // But not for every caption.
        _time.Advance(TimeSpan.FromSeconds(59));
        await Assert.ThrowsAsync<RefusalException>(async () => await budget.ReserveAsync(1, Cancelled));
        Assert.Single(_scripted.Asked);

        _time.Advance(TimeSpan.FromSeconds(1));
        using var reservation = await budget.ReserveAsync(1, Cancelled);
        Assert.NotNull(reservation.SliceId);
    }

    [Fact]
    public async Task The_first_record_after_a_quiet_period_is_sent_without_an_alarm()
    {
        var identity = ScriptedPricing.Identity(_data);
        var options = Options.Create(new JournalOptions { ShipEvery = TimeSpan.Zero });
        var log = new ListLogger<LedgerShipper>();
        using var budgets = _scripted.Budgets(identity, _time);
        await using var journal = new UsageJournal(identity, options);
        using var shipper = new LedgerShipper(journal, _scripted.Client(), identity, budgets, options, _time, log);
        await shipper.StartAsync(Cancelled);
        for (int i = 0; i < 20; i++)
        {
            await journal.AddAsync(Record(i));
            await Eventually.HoldsAsync(() => journal.Records.Shipped == journal.Records.Durable || !log.Lines.IsEmpty);
            Assert.Empty(log.Lines);

            // The first call may precede the request for an earlier run's slices. The second can't.
            if (i > 0)
            {
                _time.Advance(TimeSpan.FromMinutes(10));
            }
        }

        await shipper.StopAsync(Cancelled);
        Assert.Empty(log.Lines);
        Assert.Equal(20, _scripted.Ledger.Count);
    }

    [Fact]
    public async Task Records_that_come_while_others_are_sent_collect_too()
    {
        var identity = ScriptedPricing.Identity(_data);
        var options = Options.Create(new JournalOptions());
        using var budgets = _scripted.Budgets(identity, _time);
        await using var journal = new UsageJournal(identity, options);
        using var shipper = new LedgerShipper(
            journal,
            _scripted.Client(),
            identity,
            budgets,
            options,
            _time,
            new ListLogger<LedgerShipper>()
        );
        ConcurrentQueue<DateTimeOffset> sent = [];
        _scripted.Before = call =>
        {
            if (call == "POST /usage/records")
            {
                sent.Enqueue(_time.GetUtcNow());
                _ = sent.Count < 3 ? journal.AddAsync(Record(sent.Count)) : Task.CompletedTask;
            }
        };
        await shipper.StartAsync(Cancelled);
        await journal.AddAsync(Record(0));
        await Eventually.HoldsAsync(() =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(50));
            return _scripted.Ledger.Count == 3;
        });
        await shipper.StopAsync(Cancelled);

        Assert.All(sent.Zip(sent.Skip(1)), pair => Assert.True(pair.Second - pair.First >= options.Value.ShipEvery));
    }

    [Theory]
    [InlineData(typeof(UnauthorizedAccessException))]
    [InlineData(typeof(JsonException))]
    [InlineData(typeof(IOException))]
    public async Task No_failure_stops_records_from_being_sent(Type failure)
    {
        var identity = ScriptedPricing.Identity(_data);
        var options = Options.Create(new JournalOptions { ShipEvery = TimeSpan.Zero });
        var log = new ListLogger<LedgerShipper>();
        using var budgets = _scripted.Budgets(identity, _time);
        await using var journal = new UsageJournal(identity, options);
        using var shipper = new LedgerShipper(journal, _scripted.Client(), identity, budgets, options, _time, log);
        Fail("POST /usage/records", failure, times: 2);
        await journal.AddAsync(Record(1));
        await shipper.StartAsync(Cancelled);
        await Eventually.HoldsAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return !_scripted.Ledger.IsEmpty || shipper.ExecuteTask!.IsCompleted;
        });
        Assert.Equal("request-1", Assert.Single(_scripted.Ledger));
        Assert.Contains(log.Lines, static line => line.Level == LogLevel.Error);

        Fail("POST /usage/records", failure, times: int.MaxValue);
        await journal.AddAsync(Record(2));
        await shipper.StopAsync(Cancelled);
        Assert.True(shipper.ExecuteTask!.IsCompletedSuccessfully);
        Assert.Contains(log.Lines, static line => line.Id.Id == 2403);
    }

    [Fact]
    public async Task No_failure_stops_slices_from_being_returned()
    {
        var log = new ListLogger<BudgetLeaseRenewal>();
        using var budgets = _scripted.Budgets(ScriptedPricing.Identity(_data), _time);
        using var renewal = new BudgetLeaseRenewal(budgets, Options.Create(new PricingConnectionOptions()), _time, log);
        var budget = budgets.Of("alice");
        (await budget.ReserveAsync(1, Cancelled)).Dispose();
        Fail("POST /budgets/slices/shrink", typeof(InvalidOperationException), times: 2);
        await renewal.StartAsync(Cancelled);
        await Eventually.HoldsAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return !budget.Renewable().Any() || renewal.ExecuteTask!.IsCompleted;
        });
        Assert.Empty(budget.Renewable());
        Assert.Contains(log.Lines, static line => line.Level == LogLevel.Error);
        await renewal.StopAsync(Cancelled);
        Assert.True(renewal.ExecuteTask!.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task A_busy_keys_slice_that_is_too_small_goes_back_when_its_captions_end()
    {
        using var budgets = _scripted.Budgets(ScriptedPricing.Identity(_data), _time);
        var budget = budgets.Of("alice");
        _scripted.Ask = request => _scripted.Granted(request, 2.5m);
        using var underWay = await budget.ReserveAsync(1, Cancelled);
        (await budget.ReserveAsync(1, Cancelled)).Settle(1);
        Assert.Empty(budget.Returns(all: false));

        // The first slice has 0.5 left, so the second replaces it.
        using var other = await budget.ReserveAsync(1, Cancelled);
        Assert.Equal(["slice-1", "slice-2"], [underWay.SliceId, other.SliceId]);
        var returns = budget.Returns(all: false);
        Assert.Equal([new SliceShrink("slice-1", Keep: 2, Spent: 1)], returns);
        Assert.True(budgets.WaitAsync(Timeout.InfiniteTimeSpan, Cancelled).IsCompletedSuccessfully, "The renewal did not wake up.");
        budget.Returned(returns);
        Assert.Equal(["slice-1", "slice-2"], budget.Renewable());
        Assert.Empty(budget.Returns(all: false));

        underWay.Settle(1);
        returns = budget.Returns(all: false);
        Assert.Equal([new SliceShrink("slice-1", Keep: 2, Spent: 2)], returns);
        budget.Returned(returns);
        Assert.Equal(["slice-2"], budget.Renewable());
    }

    [Fact]
    public async Task A_busy_key_holds_few_slices_no_matter_how_many_it_has_used()
    {
        using var budgets = _scripted.Budgets(ScriptedPricing.Identity(_data), _time);
        var budget = budgets.Of("alice");
        _scripted.Ask = request => _scripted.Granted(request, 2.5m);
        for (int i = 0; i < 200; i++)
        {
            (await budget.ReserveAsync(1, Cancelled)).Settle(1);
            await budgets.ReturnAsync(all: false, Cancelled);
        }

        Assert.Equal(100, _scripted.Asked.Count);
        Assert.Single(budget.Renewable());
    }

    private void Fail(string call, Type failure, int times) =>
        _scripted.Before = asked =>
        {
            if (asked == call && Interlocked.Decrement(ref times) >= 0)
            {
                throw (Exception)Activator.CreateInstance(failure)!;
            }
        };

    private static UsageRecord Record(int number) =>
        new(
            string.Create(CultureInfo.InvariantCulture, $"request-{number}"),
            "alice",
            "g",
            null,
            null,
            PricingHost.Model,
            null,
            default,
            1,
            1,
            1,
            CacheOutcome.Miss,
            1,
            null
        );

    private static async Task CaptionAsync(HttpClient http, int count)
    {
        for (int i = 0; i < count; i++)
        {
            using var answer = await http.PostAsync("/image-to-text", Pictures.Form(Square), Cancelled);
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancelled));
        }
    }
}
