using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Configuration;

namespace ImageToText.Bench.Gateways;

/// <summary>A YARP proxy that passes everything on to one node: what any proxy takes for the same request.</summary>
internal static class PlainProxy
{
    /// <summary>Builds the proxy, not yet started.</summary>
    public static WebApplication To(Uri node)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder
            .Services.AddReverseProxy()
            .LoadFromMemory(
                [
                    new RouteConfig
                    {
                        RouteId = "all",
                        ClusterId = "node",
                        Match = new RouteMatch { Path = "/{**rest}" },
                    },
                ],
                [
                    new ClusterConfig
                    {
                        ClusterId = "node",
                        Destinations = new Dictionary<string, DestinationConfig> { ["node"] = new() { Address = node.AbsoluteUri } },
                    },
                ]
            );
        var app = builder.Build();
        app.MapReverseProxy();
        return app;
    }
}
