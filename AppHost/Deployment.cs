using Microsoft.Extensions.Configuration;

namespace ImageToText.AppHost;

/// <summary>Where the services are published to.</summary>
public enum Target
{
    /// <summary>Docker Compose, with an overlay for GPUs.</summary>
    Compose,

    /// <summary>Kubernetes, as a Helm chart.</summary>
    Kubernetes,

    /// <summary>Azure Container Apps, with a serverless GPU profile where a GPU is asked for.</summary>
    Azure,
}

/// <summary>What keeps the cache and the books.</summary>
public enum StoreKind
{
    /// <summary>Redis and PostgreSQL in containers of ours, each with a volume.</summary>
    Containers,

    /// <summary>Garnet in a process beside the services and an SQLite file: nothing but the .NET SDK is needed. For running here alone.</summary>
    Embedded,

    /// <summary>
    /// Run by others, as managed services are: <c>ConnectionStrings:redis</c> and <c>ConnectionStrings:ledger</c> say where.
    /// </summary>
    External,
}

/// <summary>What may be chosen of a deployment; configuration section <c>Deployment</c>.</summary>
public sealed class Deployment
{
    /// <summary>The name of the section.</summary>
    public const string Section = "Deployment";

    /// <summary>Where to publish to.</summary>
    public Target Target { get; init; } = Target.Compose;

    /// <summary>
    /// What keeps the cache and the books; null: containers, and where the network runs here and no container engine answers, embedded.
    /// </summary>
    public StoreKind? Stores { get; init; }

    /// <summary>Nodes; the fewest of them where nodes are added by load.</summary>
    public int Replicas { get; init; } = 1;

    /// <summary>The most nodes where nodes are added, by load or by hand.</summary>
    public int MaxReplicas { get; init; } = 8;

    /// <summary>Whether a node gets a GPU.</summary>
    public bool Gpu { get; init; }

    /// <summary>Models of that folder are served, besides the starter: run here, a folder; published, a volume is mounted.</summary>
    public string? ModelsFolder { get; init; }

    /// <summary>Gateways: one where the network runs here, two where it is published to a target that has a volume for each (Kubernetes).</summary>
    public int Gateways { get; init; } = 2;

    /// <summary>Host name the gateway's ingress answers to (Kubernetes); null: no ingress.</summary>
    public string? Host { get; init; }

    /// <summary>Run here: the gateway's port; null: the one of the last run, else 8080, else the first free one above it.</summary>
    public int? Port { get; init; }

    /// <summary>Run here: the folder of what outlives a run and is in no volume; null: <c>imagetotext/apphost</c> in the user's data folder.</summary>
    public string? DataFolder { get; init; }

    /// <summary>Run here: whether keys, prices, ledger and cache of earlier runs are deleted first.</summary>
    public bool Reset { get; init; }

    /// <summary>Reads and checks the section.</summary>
    /// <param name="configuration">The application's.</param>
    /// <param name="runsHere">Whether the network is run, as opposed to published.</param>
    /// <exception cref="DeploymentException">A value can't be used; the message names the key, the value and what it may be.</exception>
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
            // It names the key, the value and the type.
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
