using Microsoft.Extensions.Configuration;

namespace ImageToText.AppHost;

/// <summary>Where to publish the services.</summary>
public enum Target
{
    /// <summary>Docker Compose, with an overlay for GPUs.</summary>
    Compose,

    /// <summary>Kubernetes, as a Helm chart.</summary>
    Kubernetes,

    /// <summary>Azure Container Apps, with a serverless GPU profile if a GPU is wanted.</summary>
    Azure,
}

/// <summary>What holds the cache and the books.</summary>
public enum StoreKind
{
    /// <summary>Redis and PostgreSQL in our own containers, each with a volume.</summary>
    Containers,

    /// <summary>
    /// Garnet in a process beside the services, and a SQLite file. It needs only the .NET SDK, and is for running here only.
    /// </summary>
    Embedded,

    /// <summary>
    /// Managed services, or others that you run yourself, at <c>ConnectionStrings:redis</c> and <c>ConnectionStrings:ledger</c>.
    /// </summary>
    External,
}

/// <summary>The choices for a deployment; configuration section <c>Deployment</c>.</summary>
public sealed class Deployment
{
    /// <summary>The name of the section.</summary>
    public const string Section = "Deployment";

    /// <summary>Where to publish to.</summary>
    public Target Target { get; init; } = Target.Compose;

    /// <summary>
    /// What holds the cache and the books; null: containers, or embedded stores if the network runs here and no container engine
    /// answers.
    /// </summary>
    public StoreKind? Stores { get; init; }

    /// <summary>How many nodes; if load adds nodes, the fewest.</summary>
    public int Replicas { get; init; } = 1;

    /// <summary>The most nodes that load or a person may add.</summary>
    public int MaxReplicas { get; init; } = 8;

    /// <summary>Whether a node gets a GPU.</summary>
    public bool Gpu { get; init; }

    /// <summary>
    /// A folder of models to serve besides the starter. Run here it is that folder; published, a volume is mounted.
    /// </summary>
    public string? ModelsFolder { get; init; }

    /// <summary>
    /// How many gateways: one if the network runs here, two if it is published to a target with a volume for each (Kubernetes).
    /// </summary>
    public int Gateways { get; init; } = 2;

    /// <summary>The host name of the gateway's ingress (Kubernetes); null: no ingress.</summary>
    public string? Host { get; init; }

    /// <summary>Run here: the gateway's port; null: that of the last run, else 8080, else the first free port above it.</summary>
    public int? Port { get; init; }

    /// <summary>
    /// Run here: the folder for data that outlives a run and is in no volume; null: <c>imagetotext/apphost</c> in the user's data
    /// folder.
    /// </summary>
    public string? DataFolder { get; init; }

    /// <summary>Run here: whether to delete keys, prices, ledger and cache of earlier runs first.</summary>
    public bool Reset { get; init; }

    /// <summary>Reads and checks the section.</summary>
    /// <param name="configuration">The application's configuration.</param>
    /// <param name="runsHere">Whether the network runs here rather than being published.</param>
    /// <exception cref="DeploymentException">
    /// A value can't be used; the message names the key, the value and the allowed values.
    /// </exception>
    public static Deployment Read(IConfiguration configuration, bool runsHere = false)
    {
        var section = configuration.GetSection(Section);
        IsOneOf<Target>(nameof(Target));
        IsOneOf<StoreKind>(nameof(Stores));
        var deployment = new Deployment { Gateways = runsHere ? 1 : 2 };
        try
        {
            section.Bind(deployment);
        }
        catch (InvalidOperationException unreadable)
        {
            // The message names the key, the value and the type.
            throw new DeploymentException(unreadable.Message);
        }

        Check(deployment.Replicas >= 1, nameof(Replicas), deployment.Replicas, "1 or more");
        Check(
            deployment.MaxReplicas >= deployment.Replicas,
            nameof(MaxReplicas),
            deployment.MaxReplicas,
            $"{Section}:{nameof(Replicas)}, which is {deployment.Replicas}, or more"
        );
        Check(deployment.Gateways >= 1, nameof(Gateways), deployment.Gateways, "1 or more");
        Check(deployment.Port is null or (>= 1 and <= 65535), nameof(Port), deployment.Port, "1 to 65535");
        if (!runsHere && deployment.Stores is StoreKind.Embedded)
        {
            throw new DeploymentException(
                $"{Section}:{nameof(Stores)} is embedded, which is for running here: publish with containers or external."
            );
        }

        return deployment;

        void IsOneOf<T>(string key)
            where T : struct, Enum =>
            Check(
                section[key] is not { Length: > 0 } text || Enum.TryParse<T>(text, ignoreCase: true, out _),
                key,
                section[key],
                $"one of {string.Join(", ", Enum.GetNames<T>().Select(static name => name.ToLowerInvariant()))}"
            );

        static void Check(bool holds, string key, object? value, string rule)
        {
            if (!holds)
            {
                throw new DeploymentException($"{Section}:{key} is '{value}': give {rule}.");
            }
        }
    }
}
