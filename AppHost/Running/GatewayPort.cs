using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace ImageToText.AppHost.Running;

/// <summary>
/// Chooses the gateway's port if the network runs here: yesterday's address works today, and a port in use stops nobody.
/// </summary>
internal static class GatewayPort
{
    private const int First = 8080;

    /// <summary>Chooses the requested port, else that of the last run, else the first free port from 8080 on.</summary>
    /// <param name="asked">The port in the configuration.</param>
    /// <param name="file">The file with the last run's port.</param>
    /// <exception cref="DeploymentException">The requested port is in use.</exception>
    public static int Choose(int? asked, string file)
    {
        if (asked is { } port)
        {
            return IsFree(port)
                ? port
                : throw new DeploymentException(
                    $"{Deployment.Section}:{nameof(Deployment.Port)} is {port}, but another program is listening there: choose "
                        + $"another, or leave it out to get a free one."
                );
        }

        if (ReadLast(file) is { } last && IsFree(last))
        {
            return last;
        }

        return Enumerable.Range(First, IPEndPoint.MaxPort - First + 1).First(IsFree);
    }

    /// <summary>Saves it for the next run.</summary>
    public static void Keep(int port, string file) => File.WriteAllText(file, port.ToString(CultureInfo.InvariantCulture) + "\n");

    /// <summary>Returns whether nobody listens on this port of the machine's loopback addresses.</summary>
    public static bool IsFree(int port) =>
        IsFree(IPAddress.Loopback, port) && (!Socket.OSSupportsIPv6 || IsFree(IPAddress.IPv6Loopback, port));

    private static bool IsFree(IPAddress address, int port)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(address, port));
            return true;
        }
        catch (SocketException e)
        {
            // If the machine lacks that address, nobody listens there.
            return e.SocketErrorCode is SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported;
        }
    }

    private static int? ReadLast(string file) =>
        File.Exists(file)
        && int.TryParse(File.ReadAllText(file).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int port)
        && port is >= 1 and <= IPEndPoint.MaxPort
            ? port
            : null;
}
