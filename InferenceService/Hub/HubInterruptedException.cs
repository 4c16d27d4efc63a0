namespace ImageToText.InferenceService.Hub;

/// <summary>A failure that another attempt may fix.</summary>
internal sealed class HubInterruptedException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>How long the server asks us to wait.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
