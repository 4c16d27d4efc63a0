namespace ImageToText.AppHost;

/// <summary>The request can't be carried out. The message says why, and what to do.</summary>
public sealed class DeploymentException(string message) : Exception(message)
{
    /// <summary>Finds it inside another exception: Aspire wraps what is thrown during startup.</summary>
    public static DeploymentException? In(Exception failure) =>
        failure switch
        {
            DeploymentException found => found,
            AggregateException many => many.InnerExceptions.Select(In).FirstOrDefault(static found => found is not null),
            _ => failure.InnerException is { } inner ? In(inner) : null,
        };
}
