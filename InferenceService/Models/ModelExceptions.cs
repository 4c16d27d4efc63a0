namespace ImageToText.InferenceService.Models;

/// <summary>This node has no model with that name.</summary>
internal sealed class UnknownModelException(string id, IReadOnlyCollection<string> known)
    : Exception(
        known.Count == 0
            ? "This node has no models: name one in Inference:Models, or download one into its models folder."
            : $"No model '{id}' on this node. It has: {string.Join(", ", known)}."
    );

/// <summary>The model can't be loaded. The message says why, and when it is tried again.</summary>
internal sealed class ModelFailedException(string id, string reason) : Exception($"The model '{id}' could not be loaded: {reason}")
{
    public string Reason { get; } = reason;

    /// <summary>Whether this node has no room for it; another node may.</summary>
    public bool LacksRoom { get; init; }
}

/// <summary>The model is not ready yet: it is still being loaded, or busy models take the memory.</summary>
internal sealed class ModelNotReadyException(string message, TimeSpan retryAfter) : Exception(message)
{
    public TimeSpan RetryAfter { get; } = retryAfter;

    /// <summary>Whether it is being loaded, so that <see cref="RetryAfter"/> is when it should be ready.</summary>
    public bool IsLoading { get; init; }
}
