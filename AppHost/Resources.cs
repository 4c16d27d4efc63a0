namespace ImageToText.AppHost;

/// <summary>The resources that a publisher may have more to say about.</summary>
internal sealed record Services(
    IResourceBuilder<RedisResource> Redis,
    IResourceBuilder<PostgresServerResource> Postgres,
    IResourceBuilder<ProjectResource> Pricing,
    IResourceBuilder<ProjectResource> Inference,
    IResourceBuilder<ProjectResource> Gateway)
{
    /// <summary>Our own, as opposed to the databases.</summary>
    public IEnumerable<IResourceBuilder<ProjectResource>> Own => [Pricing, Inference, Gateway];
}

/// <summary>What several resources of the model are given.</summary>
internal static class Resources
{
    /// <summary>The port that published services listen on.</summary>
    public const int ContainerPort = 8080;

    /// <summary>Where a published node finds its models.</summary>
    public const string ModelsPath = "/models";

    /// <summary>Where a published gateway keeps its journal.</summary>
    public const string JournalPath = "/data";

    /// <summary>The name of the volume that holds models.</summary>
    public const string ModelsVolume = "imagetotext-models";

    /// <summary>The name of the volume that holds a gateway's journal.</summary>
    public const string JournalVolume = "imagetotext-journal";

    /// <summary>A secret that nobody has to think of: 32 characters, made once and kept.</summary>
    public static IResourceBuilder<ParameterResource> AddSecret(this IDistributedApplicationBuilder builder, string name) =>
        builder.AddParameter(name, new GenerateParameterDefault { MinLength = 32, Special = false }, secret: true, persist: true);

    /// <summary>One HTTP endpoint: any free port where the service runs here, 8080 in its container.</summary>
    public static IResourceBuilder<ProjectResource> WithHttp(this IResourceBuilder<ProjectResource> service) =>
        service.ApplicationBuilder.ExecutionContext.IsPublishMode
            ? service.WithHttpEndpoint(port: ContainerPort, targetPort: ContainerPort)
            : service.WithHttpEndpoint();

    /// <summary>Readiness at <paramref name="readyPath"/> and liveness at <c>/alive</c>, for the dashboard, wait-for and the published probes.</summary>
    public static IResourceBuilder<ProjectResource> WithHealth(this IResourceBuilder<ProjectResource> service, string readyPath) => service
        .WithHttpProbe(ProbeType.Readiness, readyPath, periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 1, endpointName: "http")
        .WithHttpProbe(ProbeType.Liveness, "/alive", initialDelaySeconds: 10, periodSeconds: 10, timeoutSeconds: 5, endpointName: "http");

    /// <summary>Models from the folder of the configuration where the node runs here, from a volume where it is published.</summary>
    public static IResourceBuilder<ProjectResource> WithModels(this IResourceBuilder<ProjectResource> inference, Deployment deployment)
    {
        if (inference.ApplicationBuilder.ExecutionContext.IsPublishMode)
        {
            // Downloads of the hub go to the same volume: a new container does not fetch them again.
            return inference
                .WithEnvironment("Inference__ModelsFolder", ModelsPath)
                .WithEnvironment("HF_HOME", $"{ModelsPath}/huggingface");
        }

        return deployment.ModelsFolder is { Length: > 0 } folder
            ? inference.WithEnvironment("Inference__ModelsFolder", Path.GetFullPath(folder, inference.ApplicationBuilder.AppHostDirectory))
            : inference;
    }

    /// <summary>A named volume; the targets that publish it make it persistent in their own way.</summary>
    public static IResourceBuilder<ProjectResource> WithVolume(this IResourceBuilder<ProjectResource> service, string name, string path) =>
        service.WithAnnotation(new ContainerMountAnnotation(name, path, ContainerMountType.Volume, isReadOnly: false));
}
