using System.Globalization;

namespace ImageToText.AppHost;

/// <summary>The resources that a publisher may add to.</summary>
public sealed record Services(
    Deployment Deployment,
    Stores Stores,
    IResourceBuilder<ProjectResource> Pricing,
    IResourceBuilder<ProjectResource> Inference,
    IResourceBuilder<ProjectResource> Gateway
)
{
    /// <summary>Our own services, without the databases.</summary>
    public IEnumerable<IResourceBuilder<ProjectResource>> Own => [Pricing, Inference, Gateway];
}

/// <summary>Settings that several resources of the model share.</summary>
internal static class Resources
{
    /// <summary>The port that published services listen on.</summary>
    public const int ContainerPort = 8080;

    /// <summary>The port on which published gateways and pricing services have health and metrics.</summary>
    public const int ManagementPort = 8081;

    /// <summary>The name of the endpoint on that port.</summary>
    public const string ManagementEndpoint = "management";

    // The images contain this folder, and it belongs to their user. So a new volume mounted there belongs to that user too
    // (deploy/volume.md).
    private const string DataPath = "/app/data";

    /// <summary>Where a published node finds its models.</summary>
    public const string ModelsPath = DataPath;

    /// <summary>Where a published gateway keeps its journal.</summary>
    public const string JournalPath = DataPath;

    /// <summary>The name of the volume that holds models.</summary>
    public const string ModelsVolume = "imagetotext-models";

    /// <summary>The name of the volume that holds a gateway's journal.</summary>
    public const string JournalVolume = "imagetotext-journal";

    /// <summary>A secret that nobody has to make up: 32 characters, generated once and kept.</summary>
    public static IResourceBuilder<ParameterResource> AddSecret(this IDistributedApplicationBuilder builder, string name) =>
        builder.AddParameter(name, new GenerateParameterDefault { MinLength = 32, Special = false }, secret: true, persist: true);

    /// <summary>Adds one HTTP endpoint: any free port if the service runs here, 8080 in its container.</summary>
    public static IResourceBuilder<ProjectResource> WithHttp(this IResourceBuilder<ProjectResource> service) =>
        (
            service.ApplicationBuilder.ExecutionContext.IsPublishMode
                ? service.WithHttpEndpoint(port: ContainerPort, targetPort: ContainerPort)
                : service.WithHttpEndpoint().WithoutHttpsCertificate()
        )
        // Service discovery alone gives other services' addresses, so they don't also appear as separate variables.
        .WithReferenceEnvironment(ReferenceEnvironmentInjectionFlags.All & ~ReferenceEnvironmentInjectionFlags.Endpoints);

    /// <summary>
    /// Adds a separate endpoint for health and metrics, which is never published: any free port if the service runs here, 8081 in
    /// its container.
    /// </summary>
    public static IResourceBuilder<ProjectResource> WithManagementPort(this IResourceBuilder<ProjectResource> service)
    {
        int? port = service.ApplicationBuilder.ExecutionContext.IsPublishMode ? ManagementPort : null;
        return service
            .WithHttpEndpoint(port: port, targetPort: port, name: ManagementEndpoint, env: "ServiceDefaults__ManagementPort")
            // The service listens there by itself, and references to it don't mean that port.
            .WithEndpointsInEnvironment(static endpoint => endpoint.Name != ManagementEndpoint)
            .WithEndpoint(ManagementEndpoint, static endpoint => endpoint.ExcludeReferenceEndpoint = true)
            .WithUrlForEndpoint(ManagementEndpoint, static url => url.DisplayLocation = UrlDisplayLocation.DetailsOnly);
    }

    /// <summary>
    /// Adds readiness at <paramref name="readyPath"/> and liveness at <c>/alive</c>, for the dashboard, wait-for and the
    /// published probes.
    /// </summary>
    public static IResourceBuilder<ProjectResource> WithHealth(
        this IResourceBuilder<ProjectResource> service,
        string readyPath,
        string endpoint = ManagementEndpoint
    ) =>
        service
            .WithHttpProbe(ProbeType.Readiness, readyPath, periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 1, endpointName: endpoint)
            .WithHttpProbe(
                ProbeType.Liveness,
                "/alive",
                initialDelaySeconds: 10,
                periodSeconds: 10,
                timeoutSeconds: 5,
                endpointName: endpoint
            );

    /// <summary>
    /// Adds a parameter with a default that the configuration may override (<c>Parameters:NAME</c>), so that nobody is asked for
    /// it.
    /// </summary>
    public static IResourceBuilder<ParameterResource> AddSetting(
        this IDistributedApplicationBuilder builder,
        string name,
        string usual,
        bool secret = false
    ) => builder.AddParameter(name, () => builder.Configuration[$"Parameters:{name}"] ?? usual, secret: secret);

    /// <summary>
    /// The secret before, which a network accepts while its operator changes it; empty: none. A run here keeps its secrets, and Azure
    /// takes no empty ones.
    /// </summary>
    public static IResourceBuilder<ParameterResource>? AddPrevious(
        this IDistributedApplicationBuilder builder,
        Deployment deployment,
        string name
    ) =>
        builder.ExecutionContext.IsPublishMode && deployment.Target != Target.Azure
            ? builder.AddSetting("previous-" + name, "", secret: true)
            : null;

    /// <summary>Gives a service the secret before, if there may be one.</summary>
    public static IResourceBuilder<ProjectResource> WithPrevious(
        this IResourceBuilder<ProjectResource> service,
        string variable,
        IResourceBuilder<ParameterResource>? previous
    ) => previous is null ? service : service.WithEnvironment(variable, previous);

    /// <summary>Starts the service once the cache is ready, if we start the cache.</summary>
    public static IResourceBuilder<ProjectResource> WaitForRedis(this IResourceBuilder<ProjectResource> service, Stores stores) =>
        stores.RedisContainer is { } redis ? service.WaitFor(redis)
        : stores.EmbeddedCache is { } cache ? service.WaitFor(cache)
        : service;

    /// <summary>Starts the service once the books' database is ready, if we start that database.</summary>
    public static IResourceBuilder<ProjectResource> WaitForLedger(this IResourceBuilder<ProjectResource> service, Stores stores) =>
        stores.PostgresContainer is null ? service : service.WaitFor(stores.Ledger);

    /// <summary>
    /// Lets each node register with the pricing service under its own address. A replica is then a separate node, which gateways
    /// choose by its price, its models and its speed.
    /// </summary>
    /// <param name="inference">The nodes.</param>
    /// <param name="pricing">The pricing service.</param>
    /// <param name="serviceToken">The token that nodes send it.</param>
    /// <param name="pricePerPixel">USD per input pixel; empty: the operator's or the recommended price.</param>
    public static IResourceBuilder<ProjectResource> WithRegistration(
        this IResourceBuilder<ProjectResource> inference,
        IResourceBuilder<ProjectResource> pricing,
        IResourceBuilder<ParameterResource> serviceToken,
        IResourceBuilder<ParameterResource> pricePerPixel
    ) =>
        inference
            .WithReference(pricing)
            .WithEnvironment("Inference__Registration__PricingToken", serviceToken)
            .WithEnvironment("Inference__Registration__PricePerUnit", pricePerPixel);

    /// <summary>Registers the nodes as one node with the starter, at an address shared by its replicas.</summary>
    /// <param name="pricing">The pricing service.</param>
    /// <param name="inference">The nodes.</param>
    /// <param name="nodeToken">The token that callers send a node.</param>
    /// <param name="capacity">How many requests all replicas together take at a time. A full node answers 429.</param>
    public static IResourceBuilder<ProjectResource> WithNodesAtOneAddress(
        this IResourceBuilder<ProjectResource> pricing,
        IResourceBuilder<ProjectResource> inference,
        IResourceBuilder<ParameterResource> nodeToken,
        int capacity
    ) =>
        pricing
            .WithEnvironment("Pricing__Registry__Nodes__inference__Address", inference.GetEndpoint("http"))
            .WithEnvironment("Pricing__Registry__Nodes__inference__Kind", "Native")
            .WithEnvironment("Pricing__Registry__Nodes__inference__Token", nodeToken)
            .WithEnvironment("Pricing__Registry__Nodes__inference__Models__0__ModelId", "starter")
            .WithEnvironment("Pricing__Registry__Nodes__inference__Models__0__Capacity", capacity.ToString(CultureInfo.InvariantCulture));

    /// <summary>Serves models from the configured folder if the node runs here, or from a volume if it is published.</summary>
    public static IResourceBuilder<ProjectResource> WithModels(this IResourceBuilder<ProjectResource> inference, Deployment deployment)
    {
        if (inference.ApplicationBuilder.ExecutionContext.IsPublishMode)
        {
            // Downloads from the hub and eight-bit weights go to the same volume. A new container still has them, and nothing
            // else is writable.
            return inference
                .WithEnvironment("Inference__ModelsFolder", ModelsPath)
                .WithEnvironment("HF_HOME", $"{ModelsPath}/huggingface")
                .WithEnvironment("XDG_DATA_HOME", ModelsPath);
        }

        if (deployment.ModelsFolder is not { Length: > 0 } named)
        {
            return inference;
        }

        string folder = Path.GetFullPath(named, inference.ApplicationBuilder.AppHostDirectory);
        return inference
            .WithEnvironment("Inference__ModelsFolder", folder)
            // Only the node fails, with the reason in its log; the rest keeps running.
            .OnBeforeResourceStarted(
                (_, _, _) =>
                    Directory.Exists(folder)
                        ? Task.CompletedTask
                        : throw new DeploymentException(
                            $"{Deployment.Section}:{nameof(Deployment.ModelsFolder)} is '{folder}': there is no such folder."
                        )
            );
    }

    /// <summary>Adds a named volume. Each publishing target makes it persistent in its own way.</summary>
    public static IResourceBuilder<ProjectResource> WithVolume(this IResourceBuilder<ProjectResource> service, string name, string path) =>
        service.WithAnnotation(new ContainerMountAnnotation(name, path, ContainerMountType.Volume, isReadOnly: false));
}
