using ImageToText.AppHost;
using ImageToText.AppHost.Commands;
using ImageToText.AppHost.Publishing;

var builder = DistributedApplication.CreateBuilder(args);
var deployment = Deployment.Read(builder.Configuration);

// Secrets: made at the first run and kept in the user's secrets; asked for when publishing.
var serviceToken = builder.AddSecret("service-token");
var operatorToken = builder.AddSecret("operator-token");
var nodeToken = builder.AddSecret("node-token");
var hubToken = builder.AddParameter("hub-token", "", secret: true);

// What may be lost is in Redis, what may not in PostgreSQL.
var redis = builder.AddRedis("redis")
    .WithDataVolume("imagetotext-redis")
    .WithPersistence(TimeSpan.FromMinutes(1), keysChangedThreshold: 100)
    .WithPurgeCommand();
var postgres = builder.AddPostgres("postgres")
    .WithDataVolume("imagetotext-postgres");
var ledger = postgres.AddDatabase("ledger");

var pricing = builder.AddProject<Projects.PricingService>("pricing", launchProfileName: null)
    .WithHttp()
    // The reference, not its string alone: the chart has a value for the password only where a variable is nothing but it.
    .WithReference(ledger, connectionName: "pricing").WaitFor(ledger)
    .WithEnvironment("Pricing__Access__ServiceToken", serviceToken)
    .WithEnvironment("Pricing__Access__OperatorToken", operatorToken)
    .WithHealth("/health")
    .WithUrlForEndpoint("http", url => url.DisplayText = "Pricing API");

var inference = builder.AddProject<Projects.InferenceService>("inference", launchProfileName: null)
    .WithHttp()
    .WithReference(pricing).WaitFor(pricing)
    .WithEnvironment("AUTH_TOKEN", nodeToken)
    .WithEnvironment("HF_TOKEN", hubToken)
    .WithModels(deployment)
    .WithReplicas(deployment.Replicas)
    .WithHealth("/ready")
    .WithPullCommand(nodeToken);

// Nodes are known to the registry under one address, behind which their replicas stand.
pricing
    .WithEnvironment("Pricing__Registry__Nodes__inference__Address", inference.GetEndpoint("http"))
    .WithEnvironment("Pricing__Registry__Nodes__inference__Token", nodeToken)
    .WithEnvironment("Pricing__Registry__Nodes__inference__Models__0__ModelId", "starter");

var gateway = builder.AddProject<Projects.Gateway>("gateway", launchProfileName: null)
    .WithHttp()
    .WithExternalHttpEndpoints()
    .WithReference(redis).WaitFor(redis)
    .WithReference(pricing).WaitFor(pricing)
    .WithEnvironment("Gateway__Pricing__Address", pricing.GetEndpoint("http"))
    .WithEnvironment("Gateway__Pricing__Token", serviceToken)
    .WithHealth("/health")
    .WithUrlForEndpoint("http", url => url.DisplayText = "Playground")
    .WithUrlForEndpoint("http", endpoint => new ResourceUrlAnnotation { Url = "/operations", DisplayText = "Operations", Endpoint = endpoint })
    .WithUrlForEndpoint("http", endpoint => new ResourceUrlAnnotation { Url = "/docs", DisplayText = "API reference", Endpoint = endpoint });

if (builder.ExecutionContext.IsPublishMode)
{
    var services = new Services(redis, postgres, pricing, inference, gateway);
    switch (deployment.Target)
    {
        case Target.Compose:
            builder.PublishToCompose(services, deployment);
            break;
        case Target.Kubernetes:
            builder.PublishToKubernetes(services, deployment);
            break;
        case Target.Azure:
            builder.PublishToContainerApps(services, deployment);
            break;
    }
}

builder.Build().Run();
