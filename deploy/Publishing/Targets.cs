using ImageToText.AppHost;

namespace ImageToText.Publishing;

/// <summary>The targets that this project publishes to.</summary>
internal static class Targets
{
    /// <summary>Adds to the model what the configured target needs.</summary>
    /// <exception cref="DeploymentException">Another project publishes to this target.</exception>
    public static void Publish(IDistributedApplicationBuilder builder, Services services)
    {
        switch (services.Deployment.Target)
        {
            case Target.Compose:
                builder.PublishToCompose(services);
                break;
            case Target.Kubernetes:
                builder.PublishToKubernetes(services);
                break;
            case var other:
                throw new DeploymentException(
                    $"{AppHost.Deployment.Section}:{nameof(AppHost.Deployment.Target)} is {other}, which "
                        + $"deploy/Publishing.{other} publishes to; this project knows {Target.Compose} and "
                        + $"{Target.Kubernetes}."
                );
        }
    }
}
