using Aspire.Hosting.Kubernetes.Resources;

namespace ImageToText.Publishing;

/// <summary>Limits how many pods of a service may be evicted at a time, for example when a machine is drained: one.</summary>
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

    /// <summary>The budget's specification.</summary>
    public Limit Spec { get; }

    internal sealed record Limit(int MaxUnavailable, LabelSelectorV1 Selector);
}
