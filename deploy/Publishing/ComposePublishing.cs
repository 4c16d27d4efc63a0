using Aspire.Hosting.Docker;
using Aspire.Hosting.Docker.Resources.ComposeNodes;
using Aspire.Hosting.Docker.Resources.ServiceNodes;
using Aspire.Hosting.Docker.Resources.ServiceNodes.Swarm;
using Aspire.Hosting.Pipelines;
using ImageToText.AppHost;
using Microsoft.Extensions.DependencyInjection;
using Resources = ImageToText.AppHost.Resources;

namespace ImageToText.Publishing;

/// <summary>Docker Compose: <c>docker-compose.yaml</c>, <c>.env</c> and the overlay <c>docker-compose.gpu.yaml</c>.</summary>
internal static class ComposePublishing
{
    private const string Environment = "compose";

    private const string GatewayPort = "GATEWAY_PORT";

    /// <summary>
    /// Compose's model in this version has no device reservations, so GPUs come as an overlay: <c>docker compose -f
    /// docker-compose.yaml -f docker-compose.gpu.yaml up</c>.
    /// </summary>
    internal const string GpuOverlay = """
        services:
          inference:
            environment:
              Inference__Provider: "cuda"
            deploy:
              resources:
                reservations:
                  devices:
                    - driver: nvidia
                      count: 1
                      capabilities: [gpu]

        """;

    // The comment above each line of .env.
    private static readonly Dictionary<string, string> Meanings = new()
    {
        ["SERVICE_TOKEN"] = "What gateways and nodes show the pricing service: a long random text.",
        ["OPERATOR_TOKEN"] = "What you show it to make API keys and set prices: another one.",
        ["NODE_TOKEN"] = "What gateways show a node: another one.",
        ["PREVIOUS_SERVICE_TOKEN"] = "The SERVICE_TOKEN before, while you change it (docs/secrets.md); otherwise empty.",
        ["PREVIOUS_OPERATOR_TOKEN"] = "The OPERATOR_TOKEN before, while you change it; otherwise empty.",
        ["PREVIOUS_NODE_TOKEN"] = "The NODE_TOKEN before, while you change it; otherwise empty.",
        ["POSTGRES_PASSWORD"] = "Letters and digits: it becomes part of a connection string. Used when the volume is new.",
        ["REDIS_PASSWORD"] = "Letters and digits: it becomes part of a connection string.",
        ["HUB_TOKEN"] = "A token of the Hugging Face hub, where nodes serve private models; may stay empty.",
        ["PRICE_PER_PIXEL"] = "What nodes ask for, in USD, such as 2.5e-10; empty: your price for the model, or the recommended one.",
    };

    public static void PublishToCompose(this IDistributedApplicationBuilder builder, Services services)
    {
        builder
            .AddDockerComposeEnvironment(Environment)
            .WithDashboard(dashboard => dashboard.WithImage(Images.Dashboard, Images.DashboardTag))
            .ConfigureEnvFile(variables =>
            {
                foreach (var (name, meaning) in Meanings)
                {
                    variables[name].Description = meaning;
                }

                variables[GatewayPort] = new CapturedEnvironmentVariable
                {
                    Name = GatewayPort,
                    Description = $"The port of this machine that the gateway is reached at; empty: {Resources.ContainerPort}.",
                };
                foreach (var own in services.Own)
                {
                    variables[Images.Variable(own.Resource)].Description =
                        $"The image of the service {own.Resource.Name}; empty: {Images.Own(own.Resource)}.";
                }
            });

        // Compose has one volume for all containers of a service, and two gateways may not share a journal. So there is one
        // gateway.
        services
            .Gateway.WithVolume(Resources.JournalVolume, Resources.JournalPath)
            .WithEnvironment("Gateway__DataDirectory", Resources.JournalPath);
        services.Inference.WithVolume(Resources.ModelsVolume, Resources.ModelsPath);

        services.Stores.RedisContainer?.PublishAsDockerComposeService(
            (_, service) =>
                service.Healthcheck = Check("CMD-SHELL", "redis-cli -a \"$$REDIS_PASSWORD\" --no-auth-warning ping | grep -q PONG")
        );
        services.Stores.PostgresContainer?.PublishAsDockerComposeService(
            (_, service) => service.Healthcheck = Check("CMD-SHELL", "pg_isready -U postgres")
        );

        foreach (var own in services.Own)
        {
            own.PublishAsDockerComposeService(
                (_, service) =>
                {
                    service.Image = $"${{{Images.Variable(own.Resource)}:-{Images.Own(own.Resource)}}}";
                    service.Restart = "unless-stopped";
                    // Longer than the drain plus the time that captions under way may take.
                    service.StopGracePeriod = "60s";
                    // The images' user is not root. Only a service's volume is writable, plus what .NET's diagnostics need.
                    service.ReadOnly = true;
                    service.Tmpfs.Add("/tmp");
                    service.CapDrop.Add("ALL");
                    service.SecurityOpt.Add("no-new-privileges:true");
                    foreach (string database in (string[])["redis", "postgres"])
                    {
                        if (service.DependsOn.TryGetValue(database, out var dependency))
                        {
                            dependency.Condition = "service_healthy";
                        }
                    }
                }
            );
        }

        services.Gateway.PublishAsDockerComposeService(
            (_, service) => service.Ports = [$"${{{GatewayPort}:-{Resources.ContainerPort}}}:{Resources.ContainerPort}"]
        );
        services.Inference.PublishAsDockerComposeService(
            (_, service) =>
            {
                service.Deploy ??= new Deploy();
                service.Deploy.Replicas = services.Deployment.Replicas;
            }
        );
        if (services.Stores.PostgresContainer is not null)
        {
            services.Pricing.PublishAsDockerComposeService(
                (_, service) => service.DependsOn["postgres"] = new ServiceDependency { Condition = "service_healthy" }
            );
        }

        builder.Pipeline.AddStep(
            "publish-compose-gpu",
            context =>
                File.WriteAllTextAsync(
                    Path.Combine(
                        context.Services.GetRequiredService<IPipelineOutputService>().GetOutputDirectory(),
                        "docker-compose.gpu.yaml"
                    ),
                    GpuOverlay,
                    context.CancellationToken
                ),
            dependsOn: $"publish-{Environment}",
            requiredBy: WellKnownPipelineSteps.Publish
        );
    }

    private static Healthcheck Check(params string[] test) =>
        new()
        {
            Test = [.. test],
            Interval = "5s",
            Timeout = "3s",
            StartPeriod = "10s",
            Retries = 12,
        };
}
