using ImageToText.AppHost.Running;

namespace ImageToText.AppHost;

/// <summary>The whole network as one model: stores, pricing service, nodes, gateway.</summary>
public static class CaptioningNetwork
{
    /// <summary>Adds the network to an application model that is run here or published.</summary>
    /// <returns>The resources, for a publisher that adds to them.</returns>
    /// <exception cref="DeploymentException">A setting in section <c>Deployment</c> can't be used; the message names its key.</exception>
    public static Services AddCaptioningNetwork(this IDistributedApplicationBuilder builder) =>
        builder.AddCaptioningNetwork(() => ContainerEngine.Find(builder.Configuration));

    /// <summary>The same, with another way to find a container engine.</summary>
    internal static Services AddCaptioningNetwork(this IDistributedApplicationBuilder builder, Func<ContainerEngine?> findEngine)
    {
        bool runsHere = builder.ExecutionContext.IsRunMode;
        var deployment = Deployment.Read(builder.Configuration, runsHere);
        var run = runsHere ? new LocalRun(builder, deployment, findEngine) : null;

        // The first run makes the secrets and keeps them in the user secrets; publishing asks for them.
        var serviceToken = builder.AddSecret("service-token");
        var operatorToken = builder.AddSecret("operator-token");
        var nodeToken = builder.AddSecret("node-token");
        var previousServiceToken = builder.AddPrevious(deployment, "service-token");
        var previousOperatorToken = builder.AddPrevious(deployment, "operator-token");
        var previousNodeToken = builder.AddPrevious(deployment, "node-token");
        var hubToken = builder.AddSetting("hub-token", "", secret: true);
        // If empty, the operator's price for the model applies, or the recommended one.
        var pricePerPixel = builder.AddSetting("price-per-pixel", "");

        // Redis holds what may be lost, PostgreSQL what may not.
        var kind = run?.Stores ?? deployment.Stores;
        var stores = kind switch
        {
            StoreKind.Embedded => Stores.Embedded(builder, run!.Folder),
            StoreKind.External => Stores.External(builder),
            _ => Stores.Containers(builder),
        };

        var pricing = builder
            .AddProject<Projects.PricingService>("pricing", launchProfileName: null)
            .WithHttp()
            // It passes the reference, not just its string: the chart has a value for the password only if a variable holds
            // nothing else.
            .WithReference(stores.Ledger, connectionName: "pricing")
            .WaitForLedger(stores)
            .WithEnvironment("Pricing__Access__ServiceToken", serviceToken)
            .WithEnvironment("Pricing__Access__OperatorToken", operatorToken)
            .WithPrevious("Pricing__Access__PreviousServiceToken", previousServiceToken)
            .WithPrevious("Pricing__Access__PreviousOperatorToken", previousOperatorToken)
            .WithManagementPort()
            .WithHealth("/health")
            .WithUrlForEndpoint("http", url => url.DisplayText = "Pricing API");

        // If each replica has its own address, it registers itself; elsewhere one address stands for all of them.
        bool eachRegisters = runsHere || deployment.Target != Target.Azure;
        var inference = AddNode("inference").WithReplicas(deployment.Replicas);
        if (!eachRegisters)
        {
            pricing.WithNodesAtOneAddress(inference, nodeToken, capacity: deployment.MaxReplicas * 64);
        }

        // Gateways share their jobs through PostgreSQL. With embedded stores each keeps its own.
        bool sharesJobs = kind is not StoreKind.Embedded;
        var gateway = AddGateway("gateway");

        var services = new Services(deployment, stores, pricing, inference, gateway);
        run?.Furnish(
            services,
            furtherNodes: [.. Numbers(deployment.MaxReplicas - deployment.Replicas).Select(number => AddNode($"inference-{number}"))],
            furtherGateways: [.. Numbers(deployment.Gateways - 1).Select(number => AddGateway($"gateway-{number}"))],
            operatorToken,
            hubToken
        );
        return services;

        IResourceBuilder<ProjectResource> AddNode(string name)
        {
            var node = builder
                .AddProject<Projects.InferenceService>(name, launchProfileName: null)
                .WithHttp()
                .WithReference(stores.Redis, connectionName: "redis")
                .WaitForRedis(stores)
                .WaitFor(pricing)
                .WithEnvironment("AUTH_TOKEN", nodeToken)
                .WithPrevious("Inference__PreviousAuthToken", previousNodeToken)
                .WithEnvironment("HF_TOKEN", hubToken)
                .WithModels(deployment)
                .WithHealth("/ready", endpoint: "http");
            return eachRegisters ? node.WithRegistration(pricing, serviceToken, pricePerPixel) : node;
        }

        IResourceBuilder<ProjectResource> AddGateway(string name)
        {
            var added = builder
                .AddProject<Projects.Gateway>(name, launchProfileName: null)
                .WithHttp()
                .WithExternalHttpEndpoints()
                .WithReference(stores.Redis, connectionName: "redis")
                .WaitForRedis(stores)
                .WithReference(pricing)
                .WaitFor(pricing)
                .WithEnvironment("Gateway__Pricing__Token", serviceToken)
                .WithPrevious("Gateway__Pricing__PreviousToken", previousServiceToken)
                .WithManagementPort()
                .WithHealth("/health")
                .WithUrlForEndpoint("http", url => url.DisplayText = "Playground")
                .WithUrlForEndpoint(
                    "http",
                    endpoint => new ResourceUrlAnnotation
                    {
                        Url = "/operations",
                        DisplayText = "Operations",
                        Endpoint = endpoint,
                    }
                )
                .WithUrlForEndpoint(
                    "http",
                    endpoint => new ResourceUrlAnnotation
                    {
                        Url = "/docs",
                        DisplayText = "API reference",
                        Endpoint = endpoint,
                    }
                );
            return sharesJobs ? added.WithReference(stores.Ledger, connectionName: "jobs") : added;
        }

        // The first one has no number.
        static IEnumerable<int> Numbers(int further) => Enumerable.Range(2, further);
    }
}
