using System.Net;
using System.Net.Sockets;

namespace ImageToText.FakeNode;

/// <summary>Ports of this machine, for programs that must be told theirs.</summary>
public static class LoopbackPort
{
    // Below those that systems give to connections: one of these is not taken by somebody's call before the program listens to it.
    private const int First = 10_240;
    private const int End = 32_768;

    /// <summary>A port that nothing listens to now.</summary>
    public static int Free()
    {
        while (true)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, Random.Shared.Next(First, End)));
                return ((IPEndPoint)socket.LocalEndPoint!).Port;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // Another one, then.
            }
        }
    }
}
