using System.Globalization;
using System.Net.Http.Headers;
using ImageToText.Contracts.Registry;
using ImageToText.ServiceDefaults;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ImageToText.Gateway.Tests.StandIns;

/// <summary>The real pricing service, fake nodes and real gateways in this process, each on its own port.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private readonly List<WebApplication> _apps = [];
    private readonly string _data = Directory.CreateTempSubdirectory("gateway-tests-").FullName;
    private bool _isChanged;

    private TestCluster() { }

    public PricingHost Pricing { get; } = new();

    public List<(FakeNodeBehaviour Behaviour, Uri Address)> Nodes { get; } = [];

    public List<WebApplication> Gateways { get; } = [];

    public static Task<TestCluster> BuildAsync(int nodes = 1, int gateways = 1, params string[] settings) =>
        BuildAsync(TimeProvider.System, nodes, gateways, settings);

    /// <summary>Builds a cluster whose pricing service has this clock.</summary>
    public static async Task<TestCluster> BuildAsync(TimeProvider clock, int nodes = 1, int gateways = 1, params string[] settings)
    {
        var cluster = new TestCluster();
        cluster.Pricing.Clock = clock;
        await cluster.Pricing.StartAsync();
        for (int i = 0; i < nodes; i++)
        {
            await cluster.AddNodeAsync();
        }

        cluster.Register();
        for (int i = 0; i < gateways; i++)
        {
            await cluster.AddGatewayAsync(settings);
        }

        return cluster;
    }

    /// <summary>Registers all nodes as the network.</summary>
    public void Register(Func<int, NetworkNode, NetworkNode>? change = null)
    {
        _isChanged = change is not null;
        Pricing.SetNodes([.. NodesAs(change)]);
    }

    /// <summary>Registers all nodes as the network, and waits until every gateway knows it.</summary>
    public async Task RegisterAsync(Func<int, NetworkNode, NetworkNode>? change = null)
    {
        Register(change);
        var registered = NodesAs(change).SelectMany(Traits).ToHashSet();
        foreach (var gateway in Gateways)
        {
            var network = gateway.Services.GetRequiredService<Registry.Network>();
            await Eventually.HoldsAsync(() => registered.SetEquals(network.View.Snapshot.Nodes.SelectMany(Traits)));
        }
    }

    /// <summary>Makes it as if new: the first nodes behave as at first, and the ledger shows only what later keys pay.</summary>
    public async Task RenewAsync()
    {
        Pricing.ForgetKeys();
        Nodes.ForEach(static node => node.Behaviour.Reset());
        if (_isChanged)
        {
            await RegisterAsync();
        }
    }

    public async Task AddNodeAsync()
    {
        var node = FakeNodeApp.Create(["--urls=http://127.0.0.1:0"], out var behaviour);
        await node.StartAsync();
        _apps.Add(node);
        Nodes.Add((behaviour, AddressOf(node)));
    }

    public Task<WebApplication> AddGatewayAsync(params string[] settings) => AddGatewayAsync(static _ => { }, settings);

    /// <summary>Adds a gateway some of whose services are others.</summary>
    public async Task<WebApplication> AddGatewayAsync(Action<IServiceCollection> replace, params string[] settings)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(Patience.Settings!);
        builder.Configuration.AddInMemoryCollection(
            new Dictionary<string, string?>
            {
                ["Gateway:Id"] = string.Create(CultureInfo.InvariantCulture, $"gateway-{Gateways.Count}"),
                ["Gateway:DataDirectory"] = Path.Combine(_data, Gateways.Count.ToString(CultureInfo.InvariantCulture)),
                ["Gateway:Pricing:Address"] = Pricing.Address.AbsoluteUri,
                ["Gateway:Pricing:Token"] = ServiceProcess.ServiceToken,
                ["ServiceDefaults:Telemetry"] = "false",
                ["ServiceDefaults:DrainDelay"] = "00:00:00",
                // A test machine can stall for longer than the Redis timeout. Tests of that timeout set their own.
                ["Gateway:Cache:Patience"] = "00:00:20",
                ["Gateway:Admission:RatePatience"] = "00:00:20",
            }
        );
        builder.Configuration.AddInMemoryCollection(
            settings.Select(static setting => new KeyValuePair<string, string?>(
                setting[..setting.IndexOf('=', StringComparison.Ordinal)],
                setting[(setting.IndexOf('=', StringComparison.Ordinal) + 1)..]
            ))
        );
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.AddServiceDefaults();
        builder.AddGateway();
        replace(builder.Services);
        var app = builder.Build();
        app.MapGateway();
        app.MapDefaultEndpoints();
        await app.StartAsync();
        _apps.Insert(0, app);
        Gateways.Add(app);
        await Eventually.HoldsAsync(() => app.Services.GetRequiredService<Registry.Network>().IsKnown);
        return app;
    }

    /// <summary>Stops the nodes, so any work after their last answer is finished.</summary>
    public async Task StopNodesAsync()
    {
        foreach (var node in _apps.Except(Gateways))
        {
            await node.StopAsync();
        }
    }

    public HttpClient Client(string? key = null, int gateway = 0)
    {
        var http = new HttpClient { BaseAddress = AddressOf(Gateways[gateway]), Timeout = TimeSpan.FromMinutes(2) };
        if (key is not null)
        {
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }

        return http;
    }

    public T Service<T>(int gateway = 0)
        where T : notnull => Gateways[gateway].Services.GetRequiredService<T>();

    public async ValueTask DisposeAsync()
    {
        foreach (var app in _apps)
        {
            await app.StopAsync();
            await app.DisposeAsync();
        }

        await Pricing.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    private IEnumerable<NetworkNode> NodesAs(Func<int, NetworkNode, NetworkNode>? change) =>
        Nodes.Select(
            (node, i) =>
            {
                var registered = PricingHost.Node(string.Create(CultureInfo.InvariantCulture, $"node-{i}"), node.Address);
                return change?.Invoke(i, registered) ?? registered;
            }
        );

    // What tests change.
    private static IEnumerable<object> Traits(NetworkNode node) =>
        node
            .Models.Select(model =>
                (node.NodeId, node.Kind, node.State, node.Token, model.ModelId, model.State, model.Capacity, model.PromptUse, model.Tiles)
            )
            .Cast<object>();

    private static Uri AddressOf(WebApplication app) => new(app.Urls.First());
}
