using Aspire.Hosting.Docker.Resources.ComposeNodes;
using Aspire.Hosting.Docker.Resources.ServiceNodes;
using Aspire.Hosting.Docker.Resources.ServiceNodes.Swarm;
using Aspire.Hosting.Pipelines;
using Microsoft.Extensions.DependencyInjection;

namespace ImageToText.AppHost.Publishing;

/// <summary>Docker Compose: <c>docker-compose.yaml</c>, <c>.env</c> and the overlay <c>docker-compose.gpu.yaml</c>.</summary>
internal static class ComposePublishing
{
    private const string Environment = "compose";

    /// <summary>
    /// Compose's model in this version knows no reservation of devices, so GPUs are an overlay:
    /// <c>docker compose -f docker-compose.yaml -f docker-compose.gpu.yaml up</c>.
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

    public static void PublishToCompose(this IDistributedApplicationBuilder builder, Services services, Deployment deployment)
    {
        builder.AddDockerComposeEnvironment(Environment).WithDashboard();

        // Compose has one volume for all containers of a service, and no two gateways may share a journal: one gateway.
        services.Gateway.WithVolume(Resources.JournalVolume, Resources.JournalPath).WithEnvironment("Gateway__DataDirectory", Resources.JournalPath);
        services.Inference.WithVolume(Resources.ModelsVolume, Resources.ModelsPath);

        services.Stores.RedisContainer?.PublishAsDockerComposeService((_, service) =>
            service.Healthcheck = Check("CMD-SHELL", "redis-cli -a \"$$REDIS_PASSWORD\" --no-auth-warning ping | grep -q PONG"));
        services.Stores.PostgresContainer?.PublishAsDockerComposeService((_, service) =>
            service.Healthcheck = Check("CMD-SHELL", "pg_isready -U postgres"));

        foreach (var own in services.Own)
        {
            own.PublishAsDockerComposeService((_, service) =>
            {
                service.Restart = "unless-stopped";
                // Longer than the drain and the time that captions under way may take.
                service.StopGracePeriod = "60s";
                foreach (var database in (string[])["redis", "postgres"])
                    if (service.DependsOn.TryGetValue(database, out var dependency))
                        dependency.Condition = "service_healthy";
            });
        }

        services.Inference.PublishAsDockerComposeService((_, service) =>
        {
            service.Deploy ??= new Deploy();
            service.Deploy.Replicas = deployment.Replicas;
        });
        if (services.Stores.PostgresContainer is not null)
            services.Pricing.PublishAsDockerComposeService((_, service) => service.DependsOn["postgres"] = new ServiceDependency { Condition = "service_healthy" });

        builder.Pipeline.AddStep(
            "publish-compose-gpu",
            context => File.WriteAllTextAsync(
                Path.Combine(
                    context.Services.GetRequiredService<IPipelineOutputService>().GetOutputDirectory(), "docker-compose.gpu.yaml"),
                GpuOverlay,
                context.CancellationToken),
            dependsOn: $"publish-{Environment}",
            requiredBy: WellKnownPipelineSteps.Publish);
    }

    private static Healthcheck Check(params string[] test) => new()
    {
        Test = [.. test],
        Interval = "5s",
        Timeout = "3s",
        StartPeriod = "10s",
        Retries = 12,
    };
}
