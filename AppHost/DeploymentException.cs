namespace ImageToText.AppHost;

/// <summary>What was asked for can't be done; the message says why, and what to do.</summary>
public sealed class DeploymentException(string message) : Exception(message)
{
    /// <summary>The one that another exception stands for: Aspire wraps what is thrown while it starts.</summary>
    public static DeploymentException? In(Exception failure) =>
        failure switch
        {
            DeploymentException found => found,
            AggregateException many => many.InnerExceptions.Select(In).FirstOrDefault(static found => found is not null),
            _ => failure.InnerException is { } inner ? In(inner) : null,
        };
}
