using System.Net;
using System.Net.Sockets;

namespace ImageToText.Standalone.Serving;

/// <summary>
/// A port of this machine that is open from the beginning. Its address is known before its service has started, and early callers
/// wait for the service instead of being turned away. So all services can start at the same time.
/// </summary>
internal sealed class LoopbackListener : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public LoopbackListener()
    {
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _socket.Listen();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)_socket.LocalEndPoint!).Port}");
    }

    /// <summary>Its address.</summary>
    public Uri Address { get; }

    /// <summary>Makes a service accept its calls here; the service's <c>urls</c> must be <see cref="Address"/>.</summary>
    public void GiveTo(WebApplicationBuilder builder) =>
        builder.WebHost.UseSockets(sockets => sockets.CreateBoundListenSocket = _ => _socket);

    public void Dispose() => _socket.Dispose();
}
