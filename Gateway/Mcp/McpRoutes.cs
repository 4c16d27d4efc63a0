using ImageToText.Gateway.Admission;
using ImageToText.Gateway.Dialects;
using ImageToText.Gateway.Dialects.Native;
using ImageToText.Gateway.Errors;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using ModelContextProtocol.Server;

namespace ImageToText.Gateway.Mcp;

/// <summary>
/// The Model Context Protocol at <c>/mcp</c>, as Streamable HTTP without sessions, so that any gateway can answer any request. It asks
/// for the same keys as every other route.
/// </summary>
internal static class McpRoutes
{
    private const string Path = "/mcp";

    // Requests are small; a data URL of a photo fits.
    private const long LongestBody = 16L * 1024 * 1024;

    public static void AddMcp(this IServiceCollection services)
    {
        services.AddHttpContextAccessor();
        services
            .AddMcpServer(static options => options.ServerInfo = CaptionToolShape.Server)
            .WithHttpTransport(static transport => transport.Stateless = true);
        services.AddSingleton<CaptionTool>();
        services.AddSingleton<McpServerTool>(static provider => provider.GetRequiredService<CaptionTool>().Create());
    }

    public static void MapMcpServer(this WebApplication app)
    {
        var captions = app.Services.GetRequiredService<CaptionEndpoint>();
        var dialect = app.Services.GetRequiredService<NativeDialect>();
        var authorizer = app.Services.GetRequiredService<RequestAuthorizer>();
        var pages = app.Services.GetRequiredService<IOptions<CorsOptions>>().Value;
        app.UseWhen(
            static http => http.Request.Path.StartsWithSegments(Path, StringComparison.OrdinalIgnoreCase),
            guarded =>
                guarded.Use(
                    (http, next) =>
                        captions.GuardAsync(
                            http,
                            dialect,
                            async _ =>
                            {
                                CheckOrigin(http.Request, pages.GetPolicy(pages.DefaultPolicyName)!);
                                await authorizer.IdentifyAsync(http);
                                if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
                                {
                                    limit.MaxRequestBodySize = LongestBody;
                                }

                                await next(http);
                            }
                        )
                )
        );
        app.MapMcp(Path).ExcludeFromDescription();
    }

    // As the protocol demands of servers on a user's machine: a page that may not call is refused, not only kept from reading.
    private static void CheckOrigin(HttpRequest request, CorsPolicy allowed)
    {
        string origin = request.Headers.Origin.ToString();
        if (
            origin.Length > 0
            && origin != $"{request.Scheme}://{request.Host}"
            && !allowed.AllowAnyOrigin
            && !allowed.IsOriginAllowed(origin)
        )
        {
            throw Refusals.PageNotAllowed();
        }
    }
}
