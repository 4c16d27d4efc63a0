using System.Net;
using System.Net.Http.Headers;
using ImageToText.Gateway;
using ImageToText.InferenceService;
using ImageToText.PricingService;
using ImageToText.Standalone.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ImageToText.Standalone.Tests.Serving;

/// <summary>
/// A pricing service, a node with the starter and a gateway, each with its own port and configuration as on machines of their own.
/// </summary>
internal sealed class ThreeServices : IAsyncDisposable
{
    public const string ServiceToken = "the first service token";
    public const string OperatorToken = "the first operator token";
    public const string NodeToken = "the first node token";

    private readonly string _data = Directory.CreateTempSubdirectory("three-services-").FullName;
    private volatile string? _lastToken;

    private ThreeServices() { }

    public WebApplication Pricing { get; private set; } = null!;

    public WebApplication Node { get; private set; } = null!;

    public WebApplication Gateway { get; private set; } = null!;

    /// <summary>The token of the last caption that the gateway asked the node for.</summary>
    public string? LastNodeToken => _lastToken;

    /// <summary>Starts them, and waits until the gateway has the node.</summary>
    /// <param name="scheme">http or https.</param>
    /// <param name="settings">Further settings for all three, or instead of these.</param>
    public static async Task<ThreeServices> StartAsync(string scheme, params (string Key, string? Value)[] settings)
    {
        var services = new ThreeServices();
        string urls = $"{scheme}://127.0.0.1:0";
        services.Pricing = PricingApp.Create(
            [],
            Configured(
                urls,
                [
                    ("Pricing:Store:ConnectionString", $"Data Source={Path.Combine(services._data, "pricing.db")};Pooling=False"),
                    ("Pricing:Access:ServiceToken", ServiceToken),
                    ("Pricing:Access:OperatorToken", OperatorToken),
                    .. settings,
                ]
            )
        );
        await services.Pricing.StartAsync();
        services.Node = InferenceApp.Create(
            [],
            Configured(
                urls,
                [
                    ("Inference:AuthToken", NodeToken),
                    ("Inference:Models:0:Folder", ModelLocator.StarterFolder),
                    ("Inference:Models:0:Warm", "true"),
                    ("Inference:Starter", "false"),
                    ("Inference:HubCacheFolder", services._data),
                    ("Inference:ModelsFolder", Path.Combine(services._data, "models")),
                    ("Inference:Verification:Enabled", "false"),
                    ("Inference:Registration:NodeId", "node"),
                    ("Inference:Registration:PricingAddress", AddressOf(services.Pricing).AbsoluteUri),
                    ("Inference:Registration:PricingToken", ServiceToken),
                    .. settings,
                ],
                services.Observe
            )
        );
        await services.Node.StartAsync();
        services.Gateway = GatewayApp.Create(
            [],
            Configured(
                urls,
                [
                    ("Gateway:DataDirectory", services._data),
                    ("Gateway:Pricing:Address", AddressOf(services.Pricing).AbsoluteUri),
                    ("Gateway:Pricing:Token", ServiceToken),
                    ("Gateway:Pricing:Publish", "true"),
                    .. settings,
                ]
            )
        );
        await services.Gateway.StartAsync();
        using var late = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await services.Gateway.WaitForNodeAsync(AddressOf(services.Node), late.Token);
        return services;
    }

    public static Uri AddressOf(WebApplication app) => new(app.Urls.First());

    /// <summary>Changes a setting while the service runs, as saving its settings file does.</summary>
    public static void Set(WebApplication app, string key, string? value)
    {
        app.Configuration[key] = value;
        ((IConfigurationRoot)app.Configuration).Reload();
    }

    /// <summary>A client of one of them.</summary>
    public static HttpClient Client(WebApplication app, string? token, HttpMessageHandler? connections = null)
    {
        var http = new HttpClient(connections ?? new SocketsHttpHandler())
        {
            BaseAddress = AddressOf(app),
            Timeout = TimeSpan.FromMinutes(2),
        };
        if (token is not null)
        {
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        return http;
    }

    /// <summary>Has a picture captioned.</summary>
    public static async Task<HttpStatusCode> CaptionAsync(HttpClient http, CancellationToken cancellationToken)
    {
        using var answer = await http.PostAsync("image-to-text", Pictures.Form(Pictures.Png(64, 64)), cancellationToken);
        return answer.StatusCode;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var app in (WebApplication?[])[Gateway, Node, Pricing])
        {
            if (app is not null)
            {
                await app.StopAsync();
                await app.DisposeAsync();
            }
        }

        Directory.Delete(_data, recursive: true);
    }

    // In memory and not as arguments, which would be read again at a reload.
    private static Action<WebApplicationBuilder> Configured(
        string urls,
        IEnumerable<(string Key, string? Value)> settings,
        Action<WebApplicationBuilder>? more = null
    ) =>
        builder =>
        {
            builder.Logging.ClearProviders();
            Dictionary<string, string?> all = new(
                Patience.Settings.Select(static setting => KeyValuePair.Create(setting.Key, (string?)setting.Value))
            )
            {
                ["ServiceDefaults:Telemetry"] = "false",
                ["ServiceDefaults:DrainDelay"] = "00:00:00",
            };
            foreach (var (key, value) in settings)
            {
                all[key] = value;
            }

            builder.Configuration.AddInMemoryCollection(all);
            builder.WebHost.UseUrls(urls);
            more?.Invoke(builder);
        };

    private void Observe(WebApplicationBuilder builder) =>
        builder.Services.AddSingleton<IStartupFilter>(
            new Observer(http =>
            {
                if (http.Request.Path == "/image-to-text")
                {
                    _lastToken = http.Request.Headers.Authorization.ToString() is { Length: > 0 } header
                        ? header["Bearer ".Length..]
                        : null;
                }
            })
        );

    private sealed class Observer(Action<HttpContext> see) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) =>
            app =>
            {
                app.Use(
                    (http, rest) =>
                    {
                        see(http);
                        return rest(http);
                    }
                );
                next(app);
            };
    }
}
