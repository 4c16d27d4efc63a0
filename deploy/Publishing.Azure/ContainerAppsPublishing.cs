using Azure.Provisioning;
using Azure.Provisioning.AppContainers;
using ImageToText.AppHost;

namespace ImageToText.Publishing;

/// <summary>Azure Container Apps: bicep for <c>azd</c> or <c>aspire deploy</c>.</summary>
internal static class ContainerAppsPublishing
{
    /// <summary>The workload profile of serverless GPUs; a node's container takes a whole one.</summary>
    private const string GpuProfile = "gpu";

    public static void PublishToContainerApps(this IDistributedApplicationBuilder builder, Services services)
    {
        var deployment = services.Deployment;
        var environment = builder.AddAzureContainerAppEnvironment("container-apps");
        if (deployment.Gpu)
        {
            environment.ConfigureInfrastructure(infrastructure =>
            {
                var managed = infrastructure.GetProvisionableResources().OfType<ContainerAppManagedEnvironment>().Single();
                managed.WorkloadProfiles.Add(
                    new ContainerAppWorkloadProfile { Name = GpuProfile, WorkloadProfileType = "Consumption-GPU-NC8as-T4" }
                );
            });
        }

        // All replicas of an app share a volume, and two gateways may not share a journal. So there is one gateway.
        services
            .Gateway.WithVolume(Resources.JournalVolume, Resources.JournalPath)
            .WithEnvironment("Gateway__DataDirectory", Resources.JournalPath)
            .PublishAsAzureContainerApp((_, app) => Scale(app, 1, 1));
        services.Pricing.PublishAsAzureContainerApp((_, app) => Scale(app, 1, 1));
        services
            .Inference.WithVolume(Resources.ModelsVolume, Resources.ModelsPath)
            .PublishAsAzureContainerApp(
                (_, app) =>
                {
                    Scale(app, deployment.Replicas, deployment.MaxReplicas);
                    app.Template.Scale.Rules.Add(
                        new ContainerAppScaleRule
                        {
                            Name = "requests",
                            Http = new ContainerAppHttpScaleRule { Metadata = { ["concurrentRequests"] = "8" } },
                        }
                    );
                    if (deployment.Gpu)
                        app.WorkloadProfileName = GpuProfile;
                }
            );
    }

    private static void Scale(ContainerApp app, int least, int most)
    {
        app.Template.Scale.MinReplicas = least;
        app.Template.Scale.MaxReplicas = most;
        // Longer than the drain plus the time that captions under way may take.
        app.Template.TerminationGracePeriodSeconds = 60;
    }
}
