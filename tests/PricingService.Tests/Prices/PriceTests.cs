using System.Net;
using System.Net.Http.Json;
using ImageToText.Contracts;
using ImageToText.Contracts.Client;
using ImageToText.Contracts.Prices;
using ImageToText.Contracts.Registry;
using ImageToText.PricingService.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ImageToText.PricingService.Tests.Prices;

public sealed class PriceTests(PostgresCluster cluster)
{
    private static NodeModel Model(Price? price = null) => new("org/model", "r1", ModelState.Warm, 1, price);

    [Fact]
    public async Task Further_sequences_cost_the_share_that_the_catalogue_says()
    {
        await using var host = await TestPricing.StartAsync("--Pricing:Sequences:Shares:org/model=0.25");
        await host.NodeAsync(
            "node-a",
            new NodeModel("org/model", "r1", ModelState.Warm, Price: new(0.0000000002m)),
            new NodeModel("org/other", "r1", ModelState.Warm, Price: new(0.0000000002m))
        );
        using var http = host.Http(TestPricing.ServiceToken);
        foreach (var (model, factor) in ((string, decimal)[])[("org/model", 1.75m), ("org/other", 4m)])
        {
            var quote = await http.GetFromJsonAsync(
                $"/quote?width=10&height=10&model_id={model}&num_return_sequences=4&max_price_per_pixel=0.00000000035",
                ContractsJson.Default.Quote
            );
            var offer = Assert.Single(quote!.Offers);
            Assert.Equal((factor, 0.00000002m * factor, factor < 2), (offer.Factor, offer.CostUsd, offer.WithinCap));
        }

        var snapshot = (await host.Service.WatchNetworkAsync("gateway", null, TimeSpan.Zero)).Network!;
        Assert.Equal([0.25m, null], snapshot.Nodes[0].Models.Select(static model => model.SequenceShare));
        Assert.Equal(0.25m, (await host.Service.GetModelAsync("org/model"))!.SequenceShare);
    }

    [Theory]
    [InlineData(Database.Sqlite)]
    [InlineData(Database.Postgres)]
    public async Task A_price_change_reaches_a_waiting_gateway_at_once_the_next_quote_and_the_history(Database database)
    {
        await using var host = await TestPricing.StartAsync(database, cluster);
        await host.NodeAsync("node-a", Model(new(0.0000000001m)));
        var known = await host.Service.WatchNetworkAsync("gateway", null, TimeSpan.Zero);
        var watching = host.Service.WatchNetworkAsync("gateway", known.Version, TimeSpan.FromSeconds(60));
        await host.Operator.SetPriceAsync(new("node-a", "org/model", new(0.0000000007m), "dearer power"));
        Assert.Equal(0.0000000007m, (await watching).Network!.Nodes[0].Models[0].UsdPerPixel);
        Assert.Equal(0.0000000007m, (await host.Service.GetQuoteAsync(1, 1, "org/model")).Offers[0].UsdPerPixel);

        host.Time.Advance(TimeSpan.FromSeconds(1));
        await host.Operator.SetPriceAsync(new("node-a", "org/model", null));
        Assert.Equal(0.0000000001m, (await host.Service.GetQuoteAsync(1, 1, "org/model")).Offers[0].UsdPerPixel);
        var history = await host.Operator.GetPriceHistoryAsync("node-a");
        Assert.Equal([null, new Price(0.0000000007m)], history.Select(entry => entry.Price));
        Assert.Equal(
            (TestPricing.Noon, TestPricing.Noon.AddSeconds(1), "dearer power"),
            (history[1].From, history[1].Until, history[1].Note)
        );
        Assert.Equal(
            HttpStatusCode.NotFound,
            (await Assert.ThrowsAsync<PricingException>(() => host.Operator.SetPriceAsync(new("node-a", "org/model", null)))).Status
        );
    }

    [Fact]
    public async Task The_most_specific_price_wins()
    {
        await using var host = await TestPricing.StartAsync();
        await host.NodeAsync("announces", Model(new(5)));
        await host.NodeAsync("silent", Model());
        async Task<EffectivePrice> InForce(string node) =>
            (await host.Operator.GetPricesAsync()).Effective.Single(price => price.NodeId == node);

        Assert.Equal((0.00000000025m, PriceSource.Recommended), await QuotedTo("silent"));
        await host.Operator.SetPriceAsync(new(null, null, new(1)));
        Assert.Equal((1m, PriceSource.Default), await QuotedTo("silent"));
        await host.Operator.SetPriceAsync(new(null, "org/model", new(2)));
        Assert.Equal((2m, PriceSource.Model), await QuotedTo("silent"));
        Assert.Equal((5m, PriceSource.Announced), await QuotedTo("announces"));
        await host.Operator.SetPriceAsync(new("announces", null, new(3)));
        Assert.Equal((3m, PriceSource.Node), await QuotedTo("announces"));
        await host.Operator.SetPriceAsync(new("announces", "org/model", new(4)));
        Assert.Equal((4m, PriceSource.NodeAndModel), await QuotedTo("announces"));

        async Task<(decimal?, PriceSource)> QuotedTo(string node)
        {
            var price = await InForce(node);
            return (price.UsdPerPixel, price.Source);
        }
    }

    [Theory]
    [InlineData(99_999, "in-wei")]
    [InlineData(100_001, "in-usd")]
    public async Task Prices_in_wei_and_USD_lead_to_the_same_choice(decimal wei, string cheapest)
    {
        // At 2,500 USD per ether, 100,000 wei are 2.5e-10 USD.
        await using var host = await TestPricing.StartAsync("--Pricing:ExchangeRate:UsdPerEth=2500");
        await host.NodeAsync("in-usd", Model(new(2.5m, 10_000_000_000m)));
        await host.NodeAsync("in-wei", Model(new(wei, 1, Currency.Wei)));
        await host.NodeAsync("in-eth", Model(new(0.000000000001m, 1, Currency.Eth)));
        var quote = await host.Service.GetQuoteAsync(512, 512, "org/model", 0.0000000003m);
        Assert.Equal(cheapest, quote.Offers[0].NodeId);
        Assert.Equal([true, true, false], quote.Offers.Select(offer => offer.WithinCap));
        Assert.Equal(0.000065536m, quote.Offers.Single(offer => offer.NodeId == "in-usd").CostUsd);
        Assert.Equal(("configuration", false), (quote.ExchangeRate.Source, quote.ExchangeRate.Stale));
    }

    [Fact]
    public async Task A_rate_read_from_a_url_shows_its_age_and_is_refused_when_stale()
    {
        string rate = "2500.50";
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        await using var source = builder.Build();
        source.MapGet(
            "/rate",
            () =>
                rate.Length == 0
                    ? Results.StatusCode(500)
                    : Results.Text($$$"""{"data":{"base":"ETH","currency":"USD","amount":"{{{rate}}}"}}""", "application/json")
        );
        source.Urls.Add("http://127.0.0.1:0");
        await source.StartAsync(TestContext.Current.CancellationToken);
        await using var host = await TestPricing.StartAsync(
            $"--Pricing:ExchangeRate:Url={source.Urls.First()}/rate",
            "--Pricing:Registry:Ttl=01:00:00"
        );
        await host.NodeAsync("in-eth", Model(new(1, 1_000_000_000_000m, Currency.Eth)));
        await Until(2500.50m);
        Assert.Equal(0.0000000025005m, (await host.Service.GetQuoteAsync(1, 1, "org/model")).Offers[0].UsdPerPixel);

        rate = "3000";
        host.Time.Advance(TimeSpan.FromMinutes(1));
        await Until(3000);
        Assert.Equal(0.000000003m, (await host.Service.GetQuoteAsync(1, 1, "org/model")).Offers[0].UsdPerPixel);

        rate = "";
        host.Time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(((double?)600, false), await StandingAsync());
        host.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(((double?)601, true), await StandingAsync());
        Assert.Empty((await host.Service.GetQuoteAsync(1, 1, "org/model")).Offers);

        // A change that the store does not take is announced when it is back.
        long heard = (await host.Service.WatchNetworkAsync("gateway", null, TimeSpan.Zero)).Version;
        await host.ExecuteAsync("ALTER TABLE network_version RENAME TO away");
        rate = "3500";
        await Eventually.HoldsAsync(async () =>
        {
            host.Time.Advance(TimeSpan.FromSeconds(1));
            return (await host.Operator.GetPricesAsync()).ExchangeRate.UsdPerEth == 3500;
        });
        await host.ExecuteAsync("ALTER TABLE away RENAME TO network_version");
        host.Time.Advance(TimeSpan.FromSeconds(1));
        var next = host.Service.WatchNetworkAsync("gateway", heard, TimeSpan.FromSeconds(60));
        Assert.True((await next.WaitAsync(TimeSpan.FromSeconds(120), TestContext.Current.CancellationToken)).Version > heard);

        async Task<(double?, bool)> StandingAsync()
        {
            var now = (await host.Operator.GetPricesAsync()).ExchangeRate;
            return (now.AgeSeconds, now.Stale);
        }

        // Gateways hear of each change, so waiting for a change means waiting for the next version.
        async Task Until(decimal wanted)
        {
            long? version = null;
            while ((await host.Operator.GetPricesAsync()).ExchangeRate.UsdPerEth != wanted)
            {
                version = (await host.Service.WatchNetworkAsync("gateway", version, TimeSpan.FromSeconds(60))).Version;
            }
        }
    }

    [Fact]
    public async Task Impossible_quotes_say_why()
    {
        await using var host = await TestPricing.StartAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await Assert.ThrowsAsync<PricingException>(() => host.Service.GetQuoteAsync(1, 1))).Status);
        await host.NodeAsync("node-a", Model());
        Assert.Contains(
            "width",
            (await Assert.ThrowsAsync<PricingException>(() => host.Service.GetQuoteAsync(0, 1))).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "org/none",
            (await Assert.ThrowsAsync<PricingException>(() => host.Service.GetQuoteAsync(1, 1, "org/none"))).Message,
            StringComparison.Ordinal
        );
    }
}
