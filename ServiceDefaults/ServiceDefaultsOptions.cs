using Microsoft.Extensions.Options;

namespace ImageToText.ServiceDefaults;

/// <summary>What an operator may set of the behaviour every service shares; configuration section <c>ServiceDefaults</c>.</summary>
public sealed class ServiceDefaultsOptions
{
    /// <summary>The configuration section these options are read from.</summary>
    public const string Section = "ServiceDefaults";

    /// <summary>
    /// Whether this host collects and exports telemetry. Sources and meters are the process's, not the host's: where several
    /// hosts share one process, all but one set this to false, or every span and measurement would be exported once per host.
    /// </summary>
    public bool Telemetry { get; set; } = true;

    /// <summary>
    /// How long after SIGTERM the service goes on answering, with readiness false, before it stops listening: the time that a
    /// load balancer needs to notice. Zero by default in the Development environment, five seconds elsewhere.
    /// </summary>
    public TimeSpan? DrainDelay { get; set; }

    /// <summary>How long requests under way may take to finish once the service has stopped listening.</summary>
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(30);
}

internal sealed class ServiceDefaultsOptionsValidator : IValidateOptions<ServiceDefaultsOptions>
{
    public ValidateOptionsResult Validate(string? name, ServiceDefaultsOptions options)
    {
        if (options.DrainDelay < TimeSpan.Zero)
            return ValidateOptionsResult.Fail(
                $"{ServiceDefaultsOptions.Section}:{nameof(options.DrainDelay)} is {options.DrainDelay}: give a time span of zero or more, such as 00:00:05.");
        if (options.ShutdownTimeout <= TimeSpan.Zero)
            return ValidateOptionsResult.Fail(
                $"{ServiceDefaultsOptions.Section}:{nameof(options.ShutdownTimeout)} is {options.ShutdownTimeout}: give a time span above zero, such as 00:00:30.");
        return ValidateOptionsResult.Success;
    }
}
