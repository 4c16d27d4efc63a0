using ImageToText.AppHost.Commands;

namespace ImageToText.AppHost;

/// <summary>The whole network as one model: stores, pricing service, nodes, gateway.</summary>
public static class CaptioningNetwork
{
    /// <summary>Adds the network to a model that is run here or published.</summary>
    /// <returns>The resources, for a publisher that has more to say about them.</returns>
    /// <exception cref="InvalidOperationException">A setting in section <c>Deployment</c> can't be used; the message names its key.</exception>
    public static Services AddCaptioningNetwork(this IDistributedApplicationBuilder builder)
    {
        var deployment = Deployment.Read(builder.Configuration);

        // Secrets: made at the first run and kept in the user's secrets; asked for when publishing.
        var serviceToken = builder.AddSecret("service-token");
        var operatorToken = builder.AddSecret("operator-token");
        var nodeToken = builder.AddSecret("node-token");
        var hubToken = builder.AddParameter("hub-token", "", secret: true);
        // Empty: the operator's price for the model, or else the recommended one.
        var pricePerPixel = builder.AddParameter("price-per-pixel", "");

        // What may be lost is in Redis, what may not in PostgreSQL.
        var stores = deployment.ExternalStores ? Stores.Given(builder) : Stores.Containers(builder);

        var pricing = builder.AddProject<Projects.PricingService>("pricing", launchProfileName: null)
            .WithHttp()
            // The reference, not its string alone: the chart has a value for the password only where a variable is nothing but it.
            .WithReference(stores.Ledger, connectionName: "pricing").WaitForContainer(stores.Ledger)
            .WithEnvironment("Pricing__Access__ServiceToken", serviceToken)
            .WithEnvironment("Pricing__Access__OperatorToken", operatorToken)
            .WithHealth("/health")
            .WithUrlForEndpoint("http", url => url.DisplayText = "Pricing API");

        var inference = builder.AddProject<Projects.InferenceService>("inference", launchProfileName: null)
            .WithHttp()
            .WithReference(stores.Redis, connectionName: "redis").WaitForContainer(stores.Redis)
            .WaitFor(pricing)
            .WithEnvironment("AUTH_TOKEN", nodeToken)
            .WithEnvironment("HF_TOKEN", hubToken)
            .WithModels(deployment)
            .WithReplicas(deployment.Replicas)
            .WithHealth("/ready")
            .WithPullCommand(nodeToken);

        // Where each replica can be reached by itself, it tells the registry of itself; elsewhere one address stands for all of them.
        if (builder.ExecutionContext.IsPublishMode && deployment.Target == Target.Azure)
            pricing.WithNodesAtOneAddress(inference, nodeToken, capacity: deployment.MaxReplicas * 64);
        else
            inference.WithRegistration(pricing, serviceToken, pricePerPixel);

        var gateway = builder.AddProject<Projects.Gateway>("gateway", launchProfileName: null)
            .WithHttp()
            .WithExternalHttpEndpoints()
            .WithReference(stores.Redis, connectionName: "redis").WaitForContainer(stores.Redis)
            .WithReference(pricing).WaitFor(pricing)
            .WithEnvironment("Gateway__Pricing__Token", serviceToken)
            .WithHealth("/health")
            .WithUrlForEndpoint("http", url => url.DisplayText = "Playground")
            .WithUrlForEndpoint("http", endpoint => new ResourceUrlAnnotation { Url = "/operations", DisplayText = "Operations", Endpoint = endpoint })
            .WithUrlForEndpoint("http", endpoint => new ResourceUrlAnnotation { Url = "/docs", DisplayText = "API reference", Endpoint = endpoint });

        return new Services(deployment, stores, pricing, inference, gateway);
    }
}
