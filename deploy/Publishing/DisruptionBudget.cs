using Aspire.Hosting.Kubernetes.Resources;

namespace ImageToText.Publishing;

/// <summary>How many pods of a service may be evicted at a time, as where a machine of the cluster is emptied: one.</summary>
internal sealed class DisruptionBudget : BaseKubernetesResource
{
    /// <param name="name">Its name.</param>
    /// <param name="pods">The service's pods.</param>
    public DisruptionBudget(string name, LabelSelectorV1 pods)
        : base("policy/v1", "PodDisruptionBudget")
    {
        Metadata.Name = name;
        Spec = new Limit(MaxUnavailable: 1, pods);
    }

    /// <summary>What holds.</summary>
    public Limit Spec { get; }

    internal sealed record Limit(int MaxUnavailable, LabelSelectorV1 Selector);
}
