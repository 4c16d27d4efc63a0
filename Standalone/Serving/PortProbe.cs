using System.Net;
using System.Net.Sockets;

namespace ImageToText.Standalone.Serving;

/// <summary>Tries whether something could listen at an address of this machine.</summary>
internal static class PortProbe
{
    /// <summary>Why nothing can; null: something can.</summary>
    public static SocketException? FaultOf(IPEndPoint address)
    {
        // Only reserved, not listened on: a caller waiting for the start would get in, only to be thrown out at once.
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(address);
            return null;
        }
        catch (SocketException fault)
        {
            return fault;
        }
    }
}
