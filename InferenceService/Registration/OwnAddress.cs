using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.ServiceDiscovery;

namespace ImageToText.InferenceService.Registration;

/// <summary>The address at which others reach this node.</summary>
internal static class OwnAddress
{
    /// <summary>Finds it once the server listens.</summary>
    /// <param name="server">The server that listens.</param>
    /// <param name="pricing">
    /// The pricing service's address. If the node listens on all addresses, it uses the one that this service sees.
    /// </param>
    /// <param name="services">Resolves its name.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    /// <exception cref="InvalidOperationException">The server listens nowhere.</exception>
    public static async Task<Uri> FindAsync(
        IServer server,
        Uri pricing,
        ServiceEndpointResolver services,
        CancellationToken cancellationToken
    )
    {
        string listening =
            server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault()
            ?? throw new InvalidOperationException(
                $"The node has no listening address; set {RegistrationOptions.Section}:{nameof(RegistrationOptions.Address)}."
            );
        var address = BindingAddress.Parse(listening);
        string host = address.Host is "*" or "+" or "0.0.0.0" or "[::]"
            ? await OwnHostAsync(pricing, services, cancellationToken)
            : address.Host;
        return new UriBuilder(address.Scheme, host, address.Port).Uri;
    }

    /// <summary>This machine's address on the route to the pricing service; nothing is sent.</summary>
    private static async Task<string> OwnHostAsync(Uri pricing, ServiceEndpointResolver services, CancellationToken cancellationToken)
    {
        var endpoints = (await services.GetEndpointsAsync(pricing.GetLeftPart(UriPartial.Authority), cancellationToken)).Endpoints;
        var (host, port) = (endpoints.Count > 0 ? endpoints[0].EndPoint : null) switch
        {
            IPEndPoint ip => (ip.Address.ToString(), ip.Port),
            DnsEndPoint dns => (dns.Host, dns.Port),
            Microsoft.Extensions.ServiceDiscovery.UriEndPoint uri => (uri.Uri.DnsSafeHost, uri.Uri.Port),
            _ => (pricing.DnsSafeHost, pricing.Port),
        };
        var addresses = await Dns.GetHostAddressesAsync(host, cancellationToken);
        using var socket = new Socket(addresses[0].AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        // The route is the same for every port.
        await socket.ConnectAsync(addresses[0], Math.Max(port, 1), cancellationToken);
        var own = ((IPEndPoint)socket.LocalEndPoint!).Address;
        return own.AddressFamily is AddressFamily.InterNetworkV6 ? $"[{own}]" : own.ToString();
    }
}
