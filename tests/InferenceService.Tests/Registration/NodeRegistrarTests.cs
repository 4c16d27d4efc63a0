using System.Net;
using ImageToText.Contracts.Prices;
using ImageToText.Contracts.Registry;
using ImageToText.InferenceService.Registration;
using ImageToText.InferenceService.Tests.Node;
using ImageToText.ServiceDefaults.Shutdown;
using ImageToText.ServiceDefaults.Validation;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.ServiceDiscovery;
using Polly;

namespace ImageToText.InferenceService.Tests.Registration;

public sealed class NodeRegistrarTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_node_registers_with_everything_that_gateways_need()
    {
        await using var pricing = await RegistrationStandIn.StartAsync();
        var load = new TaskCompletionSource();
        await using var node = await StartAsync(
            pricing,
            new ScriptedLoader { During = (_, cancelled) => load.Task.WaitAsync(cancelled) },
            ("Inference:Registration:NodeId", "node-7"),
            ("Inference:Registration:PricingToken", "service-secret"),
            ("Inference:Registration:PricePerUnit", "2.5e-10"),
            ("AUTH_TOKEN", "node-secret")
        );

        var told = await pricing.NextAsync();

        Assert.Equal(("PUT", "/nodes/node-7", "Bearer service-secret"), (told.Method, told.Path, told.Authorization));
        var registration = told.Registration!;
        Assert.Equal(node.Client.BaseAddress, registration.Address);
        Assert.Equal((NodeKind.Native, "node-secret"), (registration.Kind, registration.Token));
        Assert.Equal("cpu", registration.Hardware!.Provider);
        Assert.NotNull(registration.Version);
        Assert.NotNull(registration.Instance);
        Assert.Equal([TestNode.Model, "tester/dogs"], registration.Models.Select(model => model.ModelId));
        Assert.All(registration.Models, model => Assert.Equal(new Price(0.00000000025m), model.Price));
        Assert.All(registration.Models, model => Assert.Equal(72, model.Capacity));

        Assert.Equal(ModelState.Loading, Model(told)!.State);
        load.SetResult();
        var warm = await pricing.NextAsync(heartbeat => Model(heartbeat)?.State == ModelState.Warm);
        Assert.Equal(("/nodes/node-7/heartbeat", "revision-of-tester/cats"), (warm.Path, Model(warm)!.Revision));
        Assert.Equal((3, 2), (warm.Heartbeat!.QueueDepth, warm.Heartbeat.Running));
    }

    [Fact]
    public async Task Unchanged_data_is_not_sent_again()
    {
        await using var pricing = await RegistrationStandIn.StartAsync();
        await using var node = await StartAsync(pricing);
        await pricing.NextAsync(told => Model(told)?.State == ModelState.Warm);
        Assert.Null((await pricing.NextAsync()).Heartbeat!.Models);
    }

    [Fact]
    public async Task An_added_or_removed_model_is_announced_at_once()
    {
        await using var pricing = await RegistrationStandIn.StartAsync();
        pricing.RenewAfterSeconds = 1000;
        await using var node = await StartAsync(pricing);
        await pricing.NextAsync(told => Model(told)?.State == ModelState.Warm);

        await node.Store.UnloadAsync(TestNode.Model, Cancelled);
        await pricing.NextAsync(told => Model(told)?.State == ModelState.OnDemand);
        await node.Store.LoadAsync(TestNode.Model, Cancelled);
        await pricing.NextAsync(told => Model(told)?.State == ModelState.Warm);
    }

    [Fact]
    public async Task A_model_that_fails_to_load_is_not_offered()
    {
        await using var pricing = await RegistrationStandIn.StartAsync();
        var loader = new ScriptedLoader { During = (_, _) => throw new InvalidOperationException("broken") };
        await using var node = await StartAsync(pricing, loader);
        await pricing.NextAsync(told => (told.Registration?.Models ?? told.Heartbeat?.Models) is [{ ModelId: "tester/dogs" }]);
    }

    [Fact]
    public async Task A_forgotten_node_registers_again()
    {
        await using var pricing = await RegistrationStandIn.StartAsync();
        await using var node = await StartAsync(pricing);
        await pricing.NextAsync(told => told.Method == "POST");
        pricing.Refusals.Enqueue(HttpStatusCode.NotFound);
        await pricing.NextAsync(told => told.Method == "PUT");
    }

    [Fact]
    public async Task A_node_retries_and_keeps_captioning_while_the_pricing_service_fails()
    {
        await using var pricing = await RegistrationStandIn.StartAsync();
        foreach (
            var status in (HttpStatusCode[])[HttpStatusCode.InternalServerError, HttpStatusCode.Unauthorized, HttpStatusCode.BadGateway]
        )
        {
            pricing.Refusals.Enqueue(status);
        }

        await using var node = await StartAsync(pricing, loader: null, ("Inference:Registration:RetryAtLeast", "00:00:00.010"));

        for (int i = 0; i < 4; i++)
        {
            Assert.Equal("PUT", (await pricing.NextAsync()).Method);
        }

        Assert.Equal("POST", (await pricing.NextAsync()).Method);
        node.Client.DefaultRequestHeaders.Authorization = null;
        using var caption = await node.CaptionAsync();
        Assert.Equal(HttpStatusCode.OK, caption.StatusCode);
    }

    [Fact]
    public async Task A_draining_node_says_so_at_once_and_leaves_the_registry_when_it_stops()
    {
        await using var pricing = await RegistrationStandIn.StartAsync();
        pricing.RenewAfterSeconds = 1000;
        await using var node = await StartAsync(pricing);
        await node.Store.LoadAsync(TestNode.Model, Cancelled);
        await pricing.NextAsync();

        node.App.Services.GetRequiredService<Drain>().Begin();
        await pricing.NextAsync(told => told.Heartbeat is { Draining: true });
        await node.App.StopAsync(Cancelled);

        await pricing.NextAsync(told => told.Method == "DELETE");
    }

    [Fact]
    public async Task A_pricing_service_configured_by_name_needs_no_address()
    {
        await using var pricing = await RegistrationStandIn.StartAsync();
        await using var node = await TestNode.StartAsync(settings: ("services:pricing:http:0", pricing.Address.AbsoluteUri));

        var told = await pricing.NextAsync();

        Assert.Equal(("PUT", node.Client.BaseAddress), (told.Method, told.Registration!.Address));
    }

    [Theory]
    [InlineData("http://127.0.0.1:5100")]
    [InlineData("https+http://pricing")]
    public async Task A_node_that_listens_everywhere_registers_its_address_towards_the_pricing_service(string pricing)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection([new("services:pricing:http:0", "http://127.0.0.1:5100")]);
        builder.Services.AddServiceDiscovery();
        using var host = builder.Build();
        var server = new ListeningServer("http://*:8000");

        var address = await OwnAddress.FindAsync(
            server,
            new Uri(pricing),
            host.Services.GetRequiredService<ServiceEndpointResolver>(),
            Cancelled
        );

        Assert.Equal(new Uri("http://127.0.0.1:8000"), address);
    }

    [Theory]
    [InlineData("Build_Host.7", "build_host.7-8000")]
    [InlineData("Jörgs Mac/Büro", "j-rgs-mac-b-ro-8000")]
    public void A_generated_node_id_has_only_valid_characters(string machine, string id) =>
        Assert.Equal(id, NodeRegistrar.DefaultId(machine, 8000));

    [Theory]
    [InlineData("node-7", true)]
    [InlineData("", false)]
    [InlineData("node 7", false)]
    [InlineData("nöde", false)]
    public void A_configured_id_that_no_header_can_carry_is_refused(string id, bool valid)
    {
        var result = new OptionsRules<RegistrationOptions>(RegistrationOptions.Section).Validate(null, new() { NodeId = id });
        Assert.Equal(valid, result.Succeeded);
        Assert.True(valid || result.FailureMessage!.Contains("Inference:Registration:NodeId", StringComparison.Ordinal));
    }

    [Fact]
    public void Pauses_grow_to_a_limit_and_are_randomized()
    {
        var pauses = NodeRegistrar.Pauses(new() { RetryAtLeast = TimeSpan.FromSeconds(1), RetryAtMost = TimeSpan.FromSeconds(5) });
        Assert.Equal(TimeSpan.FromSeconds(1), pauses.Delay);
        Assert.Equal(TimeSpan.FromSeconds(5), pauses.MaxDelay);
        Assert.Equal(DelayBackoffType.Exponential, pauses.BackoffType);
        Assert.True(pauses.UseJitter);
    }

    private static NodeModel? Model(Announced told) =>
        (told.Registration?.Models ?? told.Heartbeat?.Models)?.SingleOrDefault(model => model.ModelId == TestNode.Model);

    private static Task<TestNode> StartAsync(
        RegistrationStandIn pricing,
        ScriptedLoader? loader = null,
        params (string, string?)[] settings
    ) =>
        TestNode.StartAsync(
            loader,
            folders => folders.Add("tester/dogs"),
            warm: false,
            settings: [("Inference:Registration:PricingAddress", pricing.Address.AbsoluteUri), .. settings]
        );

    private sealed class ListeningServer : IServer
    {
        public ListeningServer(string address)
        {
            var addresses = new ServerAddressesFeature();
            addresses.Addresses.Add(address);
            Features.Set<IServerAddressesFeature>(addresses);
        }

        public IFeatureCollection Features { get; } = new FeatureCollection();

        public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
            where TContext : notnull => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public void Dispose() { }
    }
}
