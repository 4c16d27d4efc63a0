using System.Net;
using ImageToText.Contracts;
using ImageToText.Gateway.Dialects;
using ImageToText.ServiceDefaults.Validation;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace ImageToText.Gateway.Cors;

/// <summary>
/// Lets pages of the origins that an operator lists call the API (CORS). Preflights are answered before anything asks for a key, because
/// browsers send them without one. The routes of operators stay closed to other origins.
/// </summary>
internal static class CrossOrigin
{
    private static readonly string[] Closed = ["/operations", "/pricing"];

    // What a page may read of an answer, besides the few headers that browsers always show.
    private static readonly string[] Readable =
    [
        AnswerHeaders.RequestId,
        AnswerHeaders.Cost,
        AnswerHeaders.Cache,
        AnswerHeaders.ModelRevision,
        AnswerHeaders.Node,
        AnswerHeaders.ServerTiming,
        AnswerHeaders.Replayed,
        CaptionHeaders.Prompt,
        "Mcp-Session-Id",
        HeaderNames.RetryAfter,
        HeaderNames.WWWAuthenticate,
        "x-ratelimit-limit",
        "x-ratelimit-remaining",
        "x-ratelimit-reset",
    ];

    public static void AddCrossOrigin(this IServiceCollection services)
    {
        services.AddValidated<CrossOriginOptions>(CrossOriginOptions.Section);
        services.AddCors();
        services
            .AddOptions<CorsOptions>()
            .Configure<IOptions<CrossOriginOptions>>(static (cors, options) => cors.AddDefaultPolicy(PolicyOf(options.Value)));
    }

    /// <summary>Answers preflights, and marks answers for pages that may read them. Where no page may, it does nothing.</summary>
    public static void UseCrossOrigin(this WebApplication app)
    {
        if (app.Services.GetRequiredService<IOptions<CrossOriginOptions>>().Value.IsOn)
        {
            app.UseWhen(static http => !IsClosed(http.Request.Path), static open => open.UseCors());
        }
    }

    private static bool IsClosed(PathString path) =>
        Closed.Any(closed => path.StartsWithSegments(closed, StringComparison.OrdinalIgnoreCase));

    private static CorsPolicy PolicyOf(CrossOriginOptions options)
    {
        var builder = new CorsPolicyBuilder().AllowAnyHeader().AllowAnyMethod().WithExposedHeaders(Readable);
        builder.SetPreflightMaxAge(options.RememberFor);
        if (options.AllowsEveryone)
        {
            return builder.AllowAnyOrigin().Build();
        }

        builder.WithOrigins([.. options.AllowedOrigins]).SetIsOriginAllowedToAllowWildcardSubdomains();
        if (options.AllowCredentials)
        {
            builder.AllowCredentials();
        }

        var policy = builder.Build();
        if (options.AllowLoopback)
        {
            var isListed = policy.IsOriginAllowed;
            policy.IsOriginAllowed = origin => IsLoopback(origin) || isListed(origin);
        }

        return policy;
    }

    private static bool IsLoopback(string origin) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var page)
        && page.Scheme is "http" or "https"
        && (page.Host == "localhost" || (IPAddress.TryParse(page.DnsSafeHost, out var address) && IPAddress.IsLoopback(address)));
}
