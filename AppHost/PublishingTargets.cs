#if PUBLISHERS
using ImageToText.AppHost.Publishing;
#endif

namespace ImageToText.AppHost;

/// <summary>Publishing, where this build has what it takes.</summary>
internal static class PublishingTargets
{
    /// <summary>Whether Aspire's manifest is all that is asked for, as azd does.</summary>
    public static bool WritesManifest(this IDistributedApplicationBuilder builder) =>
        string.Equals(builder.Configuration["Publishing:Publisher"], "manifest", StringComparison.OrdinalIgnoreCase);

#if PUBLISHERS
    /// <summary>Adds to the model what the target that the configuration names needs.</summary>
    public static void PublishTo(this IDistributedApplicationBuilder builder, Deployment deployment, Services services)
    {
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
#else
    /// <summary>The manifest is written without them; every other target is refused.</summary>
    public static void PublishTo(this IDistributedApplicationBuilder builder, Deployment deployment, Services services)
    {
        if (!builder.WritesManifest())
            throw new NotSupportedException($"{Deployment.Section}:{nameof(Deployment.Target)} is {deployment.Target}, but this build was made with -p:UsePublishers=false.");
    }
#endif
}
