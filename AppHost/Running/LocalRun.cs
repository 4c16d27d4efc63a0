using ImageToText.AppHost.Commands;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ImageToText.AppHost.Running;

/// <summary>Decides and prepares what is needed if the network runs on this machine rather than being published.</summary>
internal sealed partial class LocalRun
{
    private readonly IDistributedApplicationBuilder _builder;
    private readonly Deployment _deployment;
    private readonly Func<ContainerEngine?> _findEngine;
    private ContainerEngine? _engine;

    /// <exception cref="DeploymentException">The requested port is in use, or there is no place for data.</exception>
    public LocalRun(IDistributedApplicationBuilder builder, Deployment deployment, Func<ContainerEngine?> findEngine)
    {
        _builder = builder;
        _deployment = deployment;
        _findEngine = findEngine;
        if (deployment.Stores is null)
        {
            _engine = findEngine();
        }

        Stores = deployment.Stores ?? (_engine is null ? StoreKind.Embedded : StoreKind.Containers);
        _engine?.Choose(builder.Configuration);
        Folder = new RunFolder(deployment, Stores);
        Port = GatewayPort.Choose(deployment.Port, Folder.PortFile);
        builder.Services.AddSingleton(_ => Folder); // Released when the application ends.
        // Aspire's own service for the dashboard makes keys that it does not use, and warns that they are stored in plain text. A
        // health request before a service listens is no error: the dashboard shows what is missing. And AppHost.cs already
        // reports, once, what stops a start.
        builder.Services.AddLogging(static logging =>
            logging
                .AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error)
                .AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None)
                .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None)
        );
        builder.Eventing.Subscribe<BeforeStartEvent>((start, cancellationToken) => PrepareAsync(start.Services, cancellationToken));
    }

    /// <summary>What holds the cache and the books.</summary>
    public StoreKind Stores { get; }

    /// <summary>The data folder.</summary>
    public RunFolder Folder { get; }

    /// <summary>The gateway's port.</summary>
    public int Port { get; }

    /// <summary>Gives the services what they need only here, and the dashboard its commands.</summary>
    /// <param name="services">The network.</param>
    /// <param name="furtherNodes">Nodes that start when somebody adds them.</param>
    /// <param name="furtherGateways">Gateways besides the first.</param>
    /// <param name="operatorToken">The operator's token.</param>
    /// <param name="hubToken">The token for private models on the hub; may be empty.</param>
    public void Furnish(
        Services services,
        IReadOnlyList<IResourceBuilder<ProjectResource>> furtherNodes,
        IReadOnlyList<IResourceBuilder<ProjectResource>> furtherGateways,
        IResourceBuilder<ParameterResource> operatorToken,
        IResourceBuilder<ParameterResource> hubToken
    )
    {
        services.Gateway.WithEndpoint("http", endpoint => endpoint.Port = Port);
        // There is no load balancer that must first notice that a service ends.
        foreach (var service in services.Own.Concat(furtherNodes).Concat(furtherGateways))
        {
            service.WithEnvironment("ServiceDefaults__DrainDelay", "00:00:00");
        }

        foreach (var gateway in furtherGateways.Prepend(services.Gateway))
        {
            gateway
                // Only this machine can reach it.
                .WithEnvironment("Gateway__Admission__Anonymous", "Loopback")
                .WithEnvironment("Gateway__Admission__LoopbackOperatorToken", operatorToken)
                .WithEnvironment("Gateway__DataDirectory", Folder.OfGateway(gateway.Resource.Name));
        }

        services.WithModel(furtherNodes, hubToken);
        foreach (var node in furtherNodes)
        {
            node.AsSpare();
        }

        if (services.Stores.PostgresContainer is { } postgres)
        {
            postgres.EndWhereThePasswordIsLost();
        }

        var operators = new OperatorClient(services.Gateway.GetEndpoint("http"), operatorToken.Resource);
        services.Gateway.WithGatewayCommands(operators);
        services.Inference.WithModelCommands(operators).WithAddNodeCommand(furtherNodes);
    }

    private async Task PrepareAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        var logger = services.GetRequiredService<ILoggerFactory>().CreateLogger("ImageToText.AppHost");
        if (!services.GetRequiredService<DistributedApplicationOptions>().DisableDashboard)
        {
            DashboardPorts.Check(_builder.Configuration);
        }

        services.GetRequiredService<RunFolder>().Hold();
        if (Stores is StoreKind.Containers && _engine is null)
        {
            _engine =
                _findEngine()
                ?? throw new DeploymentException(
                    $"{Deployment.Section}:{nameof(Deployment.Stores)} is containers, but no container engine answers: "
                        + $"start Docker or Podman, or use --{Deployment.Section}:{nameof(Deployment.Stores)}=embedded, which "
                        + $"needs none."
                );
            _engine.Choose(_builder.Configuration);
        }

        if (_deployment.Reset)
        {
            await ResetAsync(logger, cancellationToken);
        }

        GatewayPort.Keep(Port, Folder.PortFile);
        if (Stores is StoreKind.Embedded)
        {
            StoresNotice.Give(services, logger, Folder, byHand: _deployment.Stores is not null);
        }
    }

    private async Task ResetAsync(ILogger logger, CancellationToken cancellationToken)
    {
        if (_engine is not null)
        {
            await _engine.DeleteVolumesAsync([AppHost.Stores.RedisVolume, AppHost.Stores.PostgresVolume], cancellationToken);
        }

        Folder.Clear();
        Log.Reset(logger, Stores is StoreKind.External ? "The gateway's journal" : "Keys, prices, ledger and cache", Folder.OfStores);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{What} from earlier runs were deleted ({Folder}).")]
        public static partial void Reset(ILogger logger, string what, string folder);
    }
}
