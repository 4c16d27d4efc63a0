using ImageToText.InferenceService.Errors;

namespace ImageToText.InferenceService.Models;

/// <summary>This node has no model with that name.</summary>
internal sealed class UnknownModelException(string id, IReadOnlyCollection<string> known)
    : NodeRefusalException(
        new NodeRefusal(
            StatusCodes.Status400BadRequest,
            known.Count == 0
                ? "This node has no models: name one in Inference:Models, or download one into its models folder."
                : $"No model '{id}' on this node. It has: {string.Join(", ", known)}."
        )
    );

/// <summary>The model can't be loaded. The message says why, and when it is tried again.</summary>
internal sealed class ModelFailedException(string id, string reason)
    : NodeRefusalException(new NodeRefusal(StatusCodes.Status500InternalServerError, $"The model '{id}' could not be loaded: {reason}"))
{
    public string Reason { get; } = reason;

    /// <summary>Whether this node has no room for it; another node may.</summary>
    public bool LacksRoom { get; init; }
}

/// <summary>The model is not ready yet: it is still being loaded, or busy models take the memory.</summary>
internal sealed class ModelNotReadyException(string message, TimeSpan retryAfter, bool isLoading = false)
    : NodeRefusalException(new NodeRefusal(StatusCodes.Status429TooManyRequests, message, retryAfter, IsLoading: isLoading));

/// <summary>Why a model can't be used, as the end of a sentence.</summary>
internal sealed class ModelUnusableException(string reason) : Exception(reason)
{
    /// <summary>Whether the cause is that this node has no room for it.</summary>
    public bool LacksRoom { get; init; }
}
