using Microsoft.Extensions.Configuration;

namespace ImageToText.AppHost.Running;

/// <summary>
/// Checks the addresses of Aspire's dashboard. If one is in use, it says so at once and names the setting to change.
/// </summary>
internal static class DashboardPorts
{
    private static readonly string[] Settings =
    [
        "ASPNETCORE_URLS",
        "ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL",
        "ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL",
    ];

    /// <exception cref="DeploymentException">Another program listens on one of them.</exception>
    public static void Check(IConfiguration configuration)
    {
        foreach (string setting in Settings)
        {
            foreach (
                string address in (configuration[setting] ?? "").Split(
                    ';',
                    StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries
                )
            )
            {
                if (
                    Uri.TryCreate(address, UriKind.Absolute, out var uri)
                    && uri is { IsLoopback: true, Port: > 0 }
                    && !GatewayPort.IsFree(uri.Port)
                )
                {
                    throw new DeploymentException(
                        $"{setting} is {address}, but another program is listening there: set it to an address whose port is "
                            + $"free (AppHost/Properties/launchSettings.json has the usual ones)."
                    );
                }
            }
        }
    }
}
