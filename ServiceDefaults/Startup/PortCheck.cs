using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace ImageToText.ServiceDefaults.Startup;

/// <summary>
/// Checks beforehand whether the ports to listen on are free. A host that can't listen reports it at length, without naming a
/// setting.
/// </summary>
internal static class PortCheck
{
    private const string Management = $"{ServiceDefaultsOptions.Section}:{nameof(ServiceDefaultsOptions.ManagementPort)}";

    // In ASP.NET Core's own order: addresses, then ports, then its default.
    private const string DefaultAddress = "http://localhost:5000";

    /// <summary>Checks all of them.</summary>
    /// <exception cref="ServiceStartException">A port is in use; the message names the setting that changes it.</exception>
    public static void ThrowIfTaken(IConfiguration configuration)
    {
        if (configuration.GetSection("Kestrel:Endpoints").Exists())
        {
            return; // These configure more than a port, and the server's error names the endpoint.
        }

        List<(string Host, int Port, string Setting)> wanted = [];
        if (configuration["urls"] is { Length: > 0 } urls)
        {
            wanted.AddRange(
                Split(urls).Select(BindingAddress.Parse).Select(static address => (address.Host, address.Port, "ASPNETCORE_URLS or --urls"))
            );
        }
        else if (configuration["http_ports"] is { Length: > 0 } ports)
        {
            wanted.AddRange(
                Split(ports)
                    .Select(static port =>
                        ("*", int.TryParse(port, CultureInfo.InvariantCulture, out int number) ? number : 0, "ASPNETCORE_HTTP_PORTS")
                    )
            );
        }
        else
        {
            wanted.Add((BindingAddress.Parse(DefaultAddress).Host, BindingAddress.Parse(DefaultAddress).Port, "ASPNETCORE_URLS or --urls"));
        }

        if (configuration.GetValue<int?>(Management) is { } port)
        {
            wanted.Add(("*", port, Management));
        }

        foreach (var (host, number, setting) in wanted)
        {
            if (number > 0 && IsTaken(host, number))
            {
                throw new ServiceStartException(
                    $"Port {number} is in use by another program: stop that one, or give another port in {setting}."
                );
            }
        }
    }

    private static string[] Split(string list) => list.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static bool IsTaken(string host, int port)
    {
        var address =
            host == "localhost" ? IPAddress.Loopback
            : IPAddress.TryParse(host.Trim('[', ']'), out var given) ? given
            : IPAddress.Any;
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(address, port));
            return false;
        }
        catch (SocketException refused)
        {
            // If the address isn't this machine's, or this user may not have the port, the server's own message is better.
            return refused.SocketErrorCode == SocketError.AddressAlreadyInUse;
        }
    }
}
