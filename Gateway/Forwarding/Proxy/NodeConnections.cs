using ImageToText.ServiceDefaults.Tls;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Forwarder;

namespace ImageToText.Gateway.Forwarding.Proxy;

/// <summary>The connections to nodes, for captions and probes.</summary>
internal sealed class NodeConnections(IOptions<ForwardingOptions> forwarding, NetworkTls tls, ILogger<ForwarderHttpClientFactory> logger)
    : ForwarderHttpClientFactory(logger)
{
    /// <inheritdoc/>
    protected override void ConfigureHandler(ForwarderHttpClientContext context, SocketsHttpHandler handler)
    {
        base.ConfigureHandler(context, handler);
        // Connections are dropped before a node would close them under a request.
        handler.PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30);
        handler.ConnectTimeout = forwarding.Value.ConnectTimeout;
        tls.Join(handler);
    }
}
