using System.Net;
using ImageToText.Contracts.Client;
using ImageToText.Contracts.Prices;
using ImageToText.Contracts.Registry;
using ImageToText.PricingService.Registry;
using ImageToText.PricingService.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ImageToText.PricingService.Tests.Registry;

public sealed class RegistryTests(PostgresCluster cluster)
{
    private static readonly NodeModel Model = new("org/model", "r1", ModelState.Warm, 4, new(0.0000000001m), "f32");

    [Theory]
    [InlineData(Database.Sqlite)]
    [InlineData(Database.Postgres)]
    public async Task A_node_that_does_not_renew_leaves_and_must_register_again(Database database)
    {
        await using var host = await TestPricing.StartAsync(database, cluster);
        var lease = await host.NodeAsync("node-a", Model);
        Assert.Equal((15, 5, TestPricing.Noon.AddSeconds(15)), (lease.TtlSeconds, lease.RenewAfterSeconds, lease.ExpiresAt));
        host.Time.Advance(TimeSpan.FromSeconds(14));
        Assert.NotNull(await host.Service.RenewNodeAsync("node-a", new(QueueDepth: 3)));
        Assert.Equal(3, Assert.Single(await host.Operator.GetNodesAsync()).QueueDepth);

        var known = await host.Service.WatchNetworkAsync("gateway", null, TimeSpan.Zero);
        Assert.Equal("node-a", Assert.Single(known.Network!.Nodes).NodeId);
        var watching = host.Service.WatchNetworkAsync("gateway", known.Version, TimeSpan.FromSeconds(60));
        host.Time.Advance(TimeSpan.FromSeconds(15));
        await host.Services.GetRequiredService<NodeRegistry>().ExpireAsync(TestContext.Current.CancellationToken);
        Assert.Empty((await watching).Network!.Nodes);
        Assert.Null(await host.Service.RenewNodeAsync("node-a", new()));
        Assert.Empty(await host.Operator.GetNodesAsync());
    }

    [Fact]
    public async Task Draining_nodes_stay_listed_disabled_ones_do_not_and_the_operators_choice_survives_a_node_restart()
    {
        await using var host = await TestPricing.StartAsync();
        await host.NodeAsync("node-a", Model);
        await host.NodeAsync("node-b", Model);
        await host.Operator.SetNodeStateAsync("node-a", NodeState.Disabled);
        Assert.Equal(NodeState.Draining, (await host.Service.RenewNodeAsync("node-b", new(Draining: true)))!.State);
        var network = (await host.Service.WatchNetworkAsync("gateway", null, TimeSpan.Zero)).Network!;
        var b = Assert.Single(network.Nodes);
        Assert.Equal(("node-b", NodeState.Draining), (b.NodeId, b.State));
        Assert.Empty((await host.Service.GetQuoteAsync(10, 10, "org/model")).Offers);

        await host.NodeAsync("node-b", Model);
        await host.Service.RemoveNodeAsync("node-a");
        Assert.Equal(NodeState.Disabled, (await host.NodeAsync("node-a", Model)).State);
        Assert.Equal("node-b", Assert.Single((await host.Service.GetQuoteAsync(10, 10, "org/model")).Offers).NodeId);
    }

    [Fact]
    public async Task A_change_at_one_replica_reaches_the_other_at_once_although_its_clock_stands_still()
    {
        Assert.SkipWhen(cluster.Missing is not null, cluster.Missing ?? "");
        string database = await cluster.CreateDatabaseAsync();
        await using var here = await TestPricing.StartOnAsync(database, new(TestPricing.Noon), []);
        await using var there = await TestPricing.StartOnAsync(database, new(TestPricing.Noon), []);
        await here.NodeAsync("node-a", Model);
        var known = await there.Service.WatchNetworkAsync("gateway", null, TimeSpan.Zero);
        var watching = there.Service.WatchNetworkAsync("gateway", known.Version, TimeSpan.FromSeconds(60));
        await here.Operator.SetPriceAsync(new("node-a", null, new(1)));
        Assert.Equal(1, Assert.Single((await watching).Network!.Nodes).Models[0].UsdPerPixel);
    }

    [Fact]
    public async Task Invalid_registrations_are_refused_and_say_what_is_wrong()
    {
        await using var host = await TestPricing.StartAsync();
        async Task<string> RefusalOf(NodeRegistration registration)
        {
            var refusal = await Assert.ThrowsAsync<PricingException>(() => host.Service.RegisterNodeAsync("node", registration));
            Assert.Equal(HttpStatusCode.BadRequest, refusal.Status);
            return refusal.Message;
        }

        var good = new NodeRegistration(new("http://node:9000"), NodeKind.Native, null, null, [Model]);
        Assert.Contains("address", await RefusalOf(good with { Address = new("ftp://node") }), StringComparison.Ordinal);
        Assert.Contains(
            "capacity of org/model",
            await RefusalOf(good with { Models = [Model with { Capacity = 0 }] }),
            StringComparison.Ordinal
        );
        Assert.Contains("named twice", await RefusalOf(good with { Models = [Model, Model] }), StringComparison.Ordinal);
        Assert.Contains(
            "price_per_unit of org/model",
            await RefusalOf(good with { Models = [Model with { Price = new(-1) }] }),
            StringComparison.Ordinal
        );
        foreach (var tiles in (PictureTiles[])[new(0, 2048), new(512, 256), new(512, 1_000_000)])
        {
            Assert.Contains(
                "tiles of org/model must have a side of 16 or more",
                await RefusalOf(good with { Models = [Model with { Tiles = tiles }] }),
                StringComparison.Ordinal
            );
        }

        Assert.Contains(
            "beyond 1000 USD",
            await RefusalOf(good with { Models = [Model with { Price = new(1, 1, Currency.Eth) }] }),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("node-é")]
    [InlineData("node 1")]
    [InlineData("ノード")]
    public async Task Ids_that_no_header_can_carry_are_refused(string id)
    {
        await using var host = await TestPricing.StartAsync();
        var refusal = await Assert.ThrowsAsync<PricingException>(() =>
            host.Service.RegisterNodeAsync(id, new(new("http://node:9000"), NodeKind.Native, null, null, [Model]))
        );
        Assert.Equal(HttpStatusCode.BadRequest, refusal.Status);
        Assert.Contains("A node id must have 1 to 128 printable ASCII characters", refusal.Message, StringComparison.Ordinal);

        var wrong = await Assert.ThrowsAsync<OptionsValidationException>(() =>
            TestPricing.StartAsync(
                $"--Pricing:Registry:Nodes:{id}:Address=http://10.0.0.7:8000",
                $"--Pricing:Registry:Nodes:{id}:Models:0:ModelId=org/model"
            )
        );
        Assert.Contains($"Pricing:Registry:Nodes:{id}: the node's id", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Configured_nodes_are_listed_without_registering_and_disappear_with_their_configuration()
    {
        string[] settings =
        [
            "--Pricing:Registry:Nodes:fixed:Address=http://10.0.0.7:8000",
            "--Pricing:Registry:Nodes:fixed:Models:0:ModelId=org/model",
            "--Pricing:Registry:Nodes:fixed:Models:0:PricePerUnit=0.0000000002",
        ];
        await using var host = await TestPricing.StartAsync(settings);
        var node = Assert.Single(await host.Operator.GetNodesAsync());
        Assert.Equal(("fixed", "configuration", NodeKind.Runner, null), (node.NodeId, node.Source, node.Kind, node.ExpiresAt));
        host.Time.Advance(TimeSpan.FromMinutes(1));
        await host.Services.GetRequiredService<NodeRegistry>().ExpireAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0.0000000002m, Assert.Single((await host.Service.GetQuoteAsync(1, 1)).Offers).UsdPerPixel);
        await using var again = await TestPricing.StartOnAsync(host.ConnectionString, new(TestPricing.Noon), []);
        Assert.Empty(await again.Operator.GetNodesAsync());
    }
}
