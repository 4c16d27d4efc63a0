using ImageToText.Gateway.Registry;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace ImageToText.Gateway.Forwarding.Proxy;

/// <summary>
/// The pricing service's own API below <c>/pricing</c>, if operators want it there. It uses the connections of the gateway's own
/// calls.
/// </summary>
internal static class PricingRoutes
{
    private const string Prefix = "/pricing";

    public static void MapPublishedPricing(this WebApplication app)
    {
        var pricing = app.Services.GetRequiredService<IOptions<PricingConnectionOptions>>().Value;
        if (!pricing.Publish)
        {
            return;
        }

        var connections = new HttpMessageInvoker(
            app.Services.GetRequiredService<IHttpMessageHandlerFactory>().CreateHandler(GatewayApp.PricingHttpClient),
            disposeHandler: false
        );
        var withoutPrefix = app
            .Services.GetRequiredService<ITransformBuilder>()
            .Create(static transforms => transforms.AddPathRemovePrefix(Prefix));
        app.MapForwarder(Prefix + "/{**rest}", pricing.Address!.AbsoluteUri, ForwarderRequestConfig.Empty, withoutPrefix, connections);
    }
}
