using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace ImageToText.ServiceDefaults.Shutdown;

/// <summary>
/// While the host drains, every answer closes its connection. Otherwise a client with open connections would keep using one until
/// the listener is gone, and lose the request that it sends at that moment.
/// </summary>
internal sealed class DrainConnections(Drain drain) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) =>
        app =>
        {
            app.Use(CloseWhenDrainingAsync);
            next(app);
        };

    private Task CloseWhenDrainingAsync(HttpContext context, RequestDelegate next)
    {
        // This is decided when the answer starts, not when the request arrives: a caption may take longer than the drain.
        context.Response.OnStarting(() =>
        {
            if (drain.IsDraining)
            {
                if (HttpProtocol.IsHttp2(context.Request.Protocol))
                {
                    context.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
                }
                else
                {
                    context.Response.Headers.Connection = "close";
                }
            }
            return Task.CompletedTask;
        });
        return next(context);
    }
}
