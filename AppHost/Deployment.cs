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

/// <summary>What may be chosen of a deployment; configuration section <c>Deployment</c>.</summary>
public sealed class Deployment
{
    /// <summary>The name of the section.</summary>
    public const string Section = "Deployment";

    /// <summary>Where to publish to.</summary>
    public Target Target { get; init; } = Target.Compose;

    /// <summary>Nodes; the fewest of them where nodes are added by load.</summary>
    public int Replicas { get; init; } = 1;

    /// <summary>The most nodes where nodes are added by load.</summary>
    public int MaxReplicas { get; init; } = 8;

    /// <summary>Whether a node gets a GPU.</summary>
    public bool Gpu { get; init; }

    /// <summary>Models of that folder are served, besides the starter: run here, a folder; published, a volume is mounted.</summary>
    public string? ModelsFolder { get; init; }

    /// <summary>
    /// Whether Redis and PostgreSQL are run by others, as managed services are: <c>ConnectionStrings:redis</c> and
    /// <c>ConnectionStrings:ledger</c> say where. Otherwise they are containers of ours.
    /// </summary>
    public bool ExternalStores { get; init; }

    /// <summary>Gateways, where the target has a volume for each (Kubernetes).</summary>
    public int Gateways { get; init; } = 2;

    /// <summary>Host name the gateway's ingress answers to (Kubernetes); null: no ingress.</summary>
    public string? Host { get; init; }

    /// <summary>Reads and checks the section.</summary>
    /// <exception cref="InvalidOperationException">A value can't be used; the message names the key.</exception>
    public static Deployment Read(IConfiguration configuration)
    {
        var deployment = configuration.GetSection(Section).Get<Deployment>() ?? new Deployment();
        Check(deployment.Replicas >= 1, nameof(Replicas), "1 or more");
        Check(deployment.MaxReplicas >= deployment.Replicas, nameof(MaxReplicas), $"{Section}:{nameof(Replicas)} or more");
        Check(deployment.Gateways >= 1, nameof(Gateways), "1 or more");
        return deployment;

        static void Check(bool holds, string key, string rule)
        {
            if (!holds)
                throw new InvalidOperationException($"{Section}:{key} must be {rule}.");
        }
    }
}
