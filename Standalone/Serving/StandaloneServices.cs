using System.Security.Cryptography;
using ImageToText.Gateway;
using ImageToText.InferenceService;
using ImageToText.PricingService;
using ImageToText.Standalone.Models;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace ImageToText.Standalone.Serving;

/// <summary>
/// The services that share the process: a gateway in front, and behind it the pricing service, a node and the cache, on loopback
/// ports and with tokens made for the run. Each is the complete application that it also is on its own.
/// </summary>
internal sealed class StandaloneServices : IAsyncDisposable
{
    private const string NodeId = "standalone";

    // Two services can't share one extra port, and there is nobody between this one and its callers.
    private const string OnePort = "--ServiceDefaults:ManagementPort=";

    private readonly ServeSettings _settings;
    private readonly DataFolder _data;
    private readonly LoopbackListener _pricingListener = new();
    private readonly LoopbackListener _nodeListener = new();
    private readonly EmbeddedCache _cache = new();
    private readonly string _serviceToken = Token();
    private readonly string _nodeToken = Token();
    private readonly StartGate _gate = new();
    private bool _starting;
    private WebApplication? _gateway;
    private WebApplication? _node;
    private WebApplication? _pricing;

    private StandaloneServices(ServeSettings settings, DataFolder data)
    {
        _settings = settings;
        _data = data;
    }

    /// <summary>The service that callers see.</summary>
    public WebApplication Gateway => _gateway!;

    /// <summary>
    /// Completes when a service ends: the gateway because a signal told it to, any other because it can't go on.
    /// </summary>
    public Task<bool> EndAsync() => FirstAsync(_gateway!, _node!, _pricing!);

    /// <summary>Starts all services at the same time.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="data">The folder for what outlives the run.</param>
    /// <param name="libraries">Completes when the native libraries are loaded. If it fails, no service starts.</param>
    /// <param name="cancellationToken">Stops the start.</param>
    public static async Task<StandaloneServices> StartAsync(
        ServeSettings settings,
        DataFolder data,
        Task libraries,
        CancellationToken cancellationToken
    )
    {
        var services = new StandaloneServices(settings, data);
        try
        {
            // A setting that can't be used stops the start here, before any service has started.
            await Task.WhenAll(
                libraries,
                Task.Run(() => services._pricing = Checked(services.CreatePricing()), cancellationToken),
                Task.Run(() => services._node = Checked(services.CreateNode()), cancellationToken),
                Task.Run(() => services._gateway = Checked(services.CreateGateway()), cancellationToken)
            );
            services._starting = true;
            await Task.WhenAll(
                Task.Run(() => StartAsync(services._pricing!, cancellationToken), cancellationToken),
                Task.Run(() => services._node!.StartAsync(cancellationToken), cancellationToken),
                Task.Run(() => services._gateway!.StartAsync(cancellationToken), cancellationToken),
                Task.Run(services._cache.Start, cancellationToken)
            );
            return services;
        }
        catch
        {
            await services.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Waits until captions are possible because the gateway knows the node. Until then the whole is not ready, and requests wait.
    /// </summary>
    public async Task WaitForNodeAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Gateway.WaitForNodeAsync(_nodeListener.Address, cancellationToken);
        }
        finally
        {
            _gate.Open();
        }
    }

    /// <summary>Stops them, first the one that callers see, while the others still answer.</summary>
    public async ValueTask DisposeAsync()
    {
        // Nobody waits for a start that has failed.
        _gate.GiveUp();
        foreach (var service in (WebApplication?[])[_gateway, _node, _pricing])
        {
            if (service is null)
            {
                continue;
            }

            if (_starting)
            {
                await service.StopAsync(CancellationToken.None);
            }

            await service.DisposeAsync();
        }

        _cache.Dispose();
        _nodeListener.Dispose();
        _pricingListener.Dispose();
    }

    private static async Task<bool> FirstAsync(WebApplication gateway, params WebApplication[] others)
    {
        var told = gateway.WaitForShutdownAsync(CancellationToken.None);
        return await Task.WhenAny([told, .. others.Select(static other => other.WaitForShutdownAsync(CancellationToken.None))]) == told;
    }

    private static async Task StartAsync(WebApplication pricing, CancellationToken cancellationToken)
    {
        await PricingApp.OpenStoreAsync(pricing.Services, cancellationToken);
        await pricing.StartAsync(cancellationToken);
    }

    private static WebApplication Checked(WebApplication service)
    {
        service.Services.GetRequiredService<IStartupValidator>().Validate();
        return service;
    }

    private static string Token() => RandomNumberGenerator.GetHexString(48, lowercase: true);

    private WebApplication CreatePricing() =>
        PricingApp.Create(
            [
                ServeConfiguration.ContentRoot,
                $"--urls={_pricingListener.Address}",
                "--ServiceDefaults:Telemetry=false",
                $"--Pricing:Access:ServiceToken={_serviceToken}",
                $"--Pricing:Access:OperatorToken={_data.OperatorToken()}",
                OnePort,
            ],
            builder =>
                Backstage(
                    builder,
                    _pricingListener,
                    new()
                    {
                        ["Pricing:Store:ConnectionString"] = $"Data Source={_data.Books}",
                        ["Pricing:Registry:DefaultModelId"] = _settings.Models.Count > 0 ? _settings.Models[0].Id : ModelLocator.Starter,
                    }
                )
        );

    private WebApplication CreateNode()
    {
        List<string> arguments =
        [
            ServeConfiguration.ContentRoot,
            $"--urls={_nodeListener.Address}",
            "--ServiceDefaults:Telemetry=false",
            $"--Inference:StarterFolder={ModelLocator.StarterFolder}",
            $"--Inference:Precision={_settings.Precision}",
            $"--Inference:Provider={_settings.Provider}",
            $"--Inference:AuthToken={_nodeToken}",
            $"--Inference:Registration:PricingAddress={_pricingListener.Address}",
            $"--Inference:Registration:PricingToken={_serviceToken}",
            $"--Inference:Registration:NodeId={NodeId}",
            $"--Inference:Registration:Address={_nodeListener.Address}",
        ];
        for (int i = 0; i < _settings.Models.Count; i++)
        {
            arguments.Add($"--Inference:Models:{i}:Id={_settings.Models[i].Id}");
            arguments.Add($"--Inference:Models:{i}:Folder={_settings.Models[i].Folder}");
        }

        return InferenceApp.Create([.. arguments], builder => Backstage(builder, _nodeListener, []));
    }

    private WebApplication CreateGateway() =>
        GatewayApp.Create(
            [
                ServeConfiguration.ContentRoot,
                $"--urls={_settings.Url}",
                $"--Gateway:DataDirectory={_data.Gateway}",
                $"--Gateway:Pricing:Address={_pricingListener.Address}",
                $"--Gateway:Pricing:Token={_serviceToken}",
                $"--ConnectionStrings:redis={_cache.ConnectionString}",
                OnePort,
            ],
            builder =>
            {
                SetDefaults(
                    builder,
                    new()
                    {
                        ["Gateway:Admission:Anonymous"] = "Loopback",
                        // The cache is in this process: on a busy machine it is slow, never gone.
                        ["Gateway:Cache:Patience"] = "00:00:04",
                        ["Gateway:Cors:AllowLoopback"] = _settings.IsLoopback ? "true" : "false",
                        ["Gateway:Pricing:Publish"] = "true",
                    }
                );
                // A separate gateway is ready without nodes. This one has its own, and whoever waits for it wants a caption.
                builder
                    .Services.AddHealthChecks()
                    .AddCheck(
                        "node",
                        () => _gate.IsOpen ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("The node is not ready yet.")
                    );
                builder.Services.AddSingleton<IStartupFilter>(_gate);
            }
        );

    private void Backstage(WebApplicationBuilder builder, LoopbackListener listener, Dictionary<string, string?> defaults)
    {
        listener.GiveTo(builder);
        builder.Services.AddSingleton<IHostLifetime, HiddenServiceLifetime>();
        SetDefaults(builder, defaults);
    }

    // These come before the operator's settings, which win.
    private void SetDefaults(WebApplicationBuilder builder, Dictionary<string, string?> defaults)
    {
        ServeConfiguration.Apply(builder.Configuration, _settings.SettingsFile);
        // The banner tells people what they need to know.
        defaults["Logging:LogLevel:Default"] = "Warning";
        // There is no load balancer that must notice first.
        defaults["ServiceDefaults:DrainDelay"] = "00:00:00";
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = defaults });
    }
}
