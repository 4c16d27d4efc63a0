using System.ComponentModel.DataAnnotations;
using ImageToText.ServiceDefaults.Validation;

namespace ImageToText.ServiceDefaults;

/// <summary>Settings for the behaviour that every service shares: <c>ServiceDefaults</c>.</summary>
public sealed class ServiceDefaultsOptions
{
    /// <summary>The configuration section of these options.</summary>
    public const string Section = "ServiceDefaults";

    /// <summary>
    /// Whether this host collects and exports telemetry. Sources and meters belong to the process, not to the host. If several
    /// hosts share a process, set this to false for all but one; otherwise every span and measurement is exported once per host.
    /// </summary>
    public bool Telemetry { get; set; } = true;

    /// <summary>
    /// The port on which gateway and pricing service have <c>/health</c>, <c>/alive</c> and <c>/metrics</c>, and nowhere else;
    /// null: the port of all other routes. A node, with the routes of Livepeer's AI runner, and <c>serve</c> have one port for
    /// everything and ignore this setting. From 1 to 65535.
    /// </summary>
    [Range(1, ushort.MaxValue, ErrorMessage = "give a port from 1 to 65535, or leave it out.")]
    public int? ManagementPort { get; set; }

    /// <summary>
    /// How long the service keeps answering after SIGTERM, with readiness false, before it stops listening. Load balancers need
    /// this time to notice. By default zero in the Development environment and five seconds elsewhere.
    /// </summary>
    [AtLeast("00:00:00", ErrorMessage = "give a time span of zero or more, such as 00:00:05.")]
    public TimeSpan? DrainDelay { get; set; }

    /// <summary>How long requests under way may take to finish once the service has stopped listening.</summary>
    [AtLeast("00:00:00", Exclusive = true, ErrorMessage = "give a time span above zero, such as 00:00:30.")]
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(30);

    internal static bool IsPort(int port) => port is > 0 and <= ushort.MaxValue;
}
