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
    /// The port that <c>/health</c>, <c>/alive</c> and <c>/metrics</c> of gateway and pricing service are at, and nowhere else; null: at
    /// the port of all other routes. A node has the routes of Livepeer's AI runner, these among them, on its one port, and so has
    /// <c>serve</c>: both leave this out of account. From 1 to 65535.
    /// </summary>
    public int? ManagementPort { get; set; }

    /// <summary>
    /// How long after SIGTERM the service goes on answering, with readiness false, before it stops listening: the time that a
    /// load balancer needs to notice. Zero by default in the Development environment, five seconds elsewhere.
    /// </summary>
    public TimeSpan? DrainDelay { get; set; }

    /// <summary>How long requests under way may take to finish once the service has stopped listening.</summary>
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(30);

    internal static bool IsPort(int port) => port is > 0 and <= ushort.MaxValue;
}

internal sealed class ServiceDefaultsOptionsValidator : IValidateOptions<ServiceDefaultsOptions>
{
    public ValidateOptionsResult Validate(string? name, ServiceDefaultsOptions options)
    {
        if (options.ManagementPort is { } port && !ServiceDefaultsOptions.IsPort(port))
        {
            return ValidateOptionsResult.Fail(
                $"{ServiceDefaultsOptions.Section}:{nameof(options.ManagementPort)} is {port}: give a port from 1 to 65535, or leave it out."
            );
        }

        if (options.DrainDelay < TimeSpan.Zero)
        {
            return ValidateOptionsResult.Fail(
                $"{ServiceDefaultsOptions.Section}:{nameof(options.DrainDelay)} is {options.DrainDelay}: give a time span of zero or more, such as 00:00:05."
            );
        }

        if (options.ShutdownTimeout <= TimeSpan.Zero)
        {
            return ValidateOptionsResult.Fail(
                $"{ServiceDefaultsOptions.Section}:{nameof(options.ShutdownTimeout)} is {options.ShutdownTimeout}: give a time span above zero, such as 00:00:30."
            );
        }

        return ValidateOptionsResult.Success;
    }
}
