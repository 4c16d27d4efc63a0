using System.Net;
using System.Net.Sockets;

namespace ImageToText.FakeNode;

/// <summary>Ports of this machine, for programs that must be told theirs.</summary>
public static class LoopbackPort
{
    /// <summary>A port that nothing listens to now.</summary>
    public static int Free()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
