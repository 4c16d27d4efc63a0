using System.Text.Json.Serialization.Metadata;
using ImageToText.Contracts;
using ImageToText.Contracts.Client;
using ImageToText.Gateway.Admission;
using ImageToText.Gateway.Billing;
using ImageToText.Gateway.Billing.Budgets;
using ImageToText.Gateway.Billing.Journal;
using ImageToText.Gateway.Caching;
using ImageToText.Gateway.Catalogue;
using ImageToText.Gateway.Cors;
using ImageToText.Gateway.Dialects;
using ImageToText.Gateway.Dialects.HuggingFace;
using ImageToText.Gateway.Dialects.Native;
using ImageToText.Gateway.Dialects.Ollama;
using ImageToText.Gateway.Dialects.OpenAi;
using ImageToText.Gateway.Dialects.PhotoPrism;
using ImageToText.Gateway.Dialects.StableDiffusion;
using ImageToText.Gateway.Forwarding;
using ImageToText.Gateway.Forwarding.Proxy;
using ImageToText.Gateway.Idempotency;
using ImageToText.Gateway.Intake;
using ImageToText.Gateway.Intake.Buckets;
using ImageToText.Gateway.Intake.Folders;
using ImageToText.Gateway.Intake.RemotePictures;
using ImageToText.Gateway.Jobs;
using ImageToText.Gateway.Live;
using ImageToText.Gateway.Mcp;
using ImageToText.Gateway.Nodes;
using ImageToText.Gateway.OpenApi;
using ImageToText.Gateway.Operations;
using ImageToText.Gateway.Pages;
using ImageToText.Gateway.Pipeline;
using ImageToText.Gateway.Registry;
using ImageToText.Gateway.Selection;
using ImageToText.Gateway.Snapshots;
using ImageToText.Gateway.Telemetry;
using ImageToText.ServiceDefaults;
using ImageToText.ServiceDefaults.Discovery;
using ImageToText.ServiceDefaults.Management;
using ImageToText.ServiceDefaults.Redis;
using ImageToText.ServiceDefaults.Resilience;
using ImageToText.ServiceDefaults.Secrets;
using ImageToText.ServiceDefaults.Tls;
using ImageToText.ServiceDefaults.Validation;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;

namespace ImageToText.Gateway;

/// <summary>
/// The gateway: the public API in front of the nodes, with prices, budgets and the journal of delivered captions.
/// </summary>
public static class GatewayApp
{
    /// <summary>The HTTP client for what others ask of the pricing service: without the gateway's token and certificate.</summary>
    internal const string PricingHttpClient = "pricing-operators";

    private const string OwnPricingHttpClient = "pricing";

    /// <summary>Creates a gateway, as its own process or beside others in one.</summary>
    /// <param name="args">Configuration from the command line, such as <c>--Gateway:Pricing:Address=http://localhost:5100</c>.</param>
    /// <param name="configure">What a host adds before the gateway is built: its own configuration, or another clock.</param>
    /// <returns>The application, not yet started.</returns>
    public static WebApplication Create(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(args);
        configure?.Invoke(builder);
        builder.AddServiceDefaults();
        builder.AddManagementPort();
        builder.AddGateway();
        var app = builder.Build();
        app.MapGateway();
        app.MapDefaultEndpoints();
        return app;
    }

    /// <summary>Adds the gateway to a host that has the service defaults.</summary>
    /// <param name="builder">The host builder. The configuration section <c>Gateway</c> is read.</param>
    /// <returns>The same builder.</returns>
    public static IHostApplicationBuilder AddGateway(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddGatewayOptions();
        services.AddSingleton<GatewayIdentity>();
        services.AddSingleton<GatewayTelemetry>();
        services.AddSnapshotFile("network.json", ContractsJson.Default.NetworkSnapshot);
        services.AddSnapshotFile("keys.json", ApiKeySnapshotJson.Default.DictionaryStringKeyGrant);
        services.AddPricingClient();

        services.AddSingleton<PictureIntake>();
        services.Configure<KestrelServerOptions>(static kestrel =>
        {
            kestrel.Limits.MaxRequestBufferSize = IntakeOptions.RequestBufferBytes;
            HeaderLimits.Apply(kestrel.Limits);
        });
        services.AddSingleton<ApiKeyCache>();
        services.AddHostedService<ApiKeySnapshots>();
        services.AddSingleton<SharedRates>();
        services.AddSingleton<RateLimits>();
        services.AddSingleton<RequestAuthorizer>();

        services.AddSingleton(provider => new Network(
            provider.GetRequiredService<IOptions<SelectionOptions>>(),
            provider.GetRequiredService<TimeProvider>(),
            Random.Shared
        ));
        services.AddSingleton(provider =>
            NodeSelector.Standard(provider.GetRequiredService<IOptions<SelectionOptions>>().Value, Random.Shared)
        );
        services.AddActivatedSingleton<NetworkTelemetry>();
        services.AddSingleton<LatencyWindow>();
        services.AddHealthChecks().AddCheck<NetworkHealthCheck>("network");

        services.AddReverseProxy();
        services.AddSingleton<IForwarderHttpClientFactory, NodeConnections>();
        // The proxy adds data protection for sticky sessions, which nothing here uses. Unless it is started, it makes no keys.
        services.RemoveAll(static service =>
            service.ServiceType == typeof(IHostedService) && service.ImplementationType?.Assembly == typeof(IDataProtectionBuilder).Assembly
        );
        services.AddSingleton<IProxyConfigProvider, NodeDestinations>();
        services.AddSingleton<IActiveHealthCheckPolicy, NodeProbePolicy>();
        services.AddSingleton<NodeClient>();

        builder.AddRedisLink();
        services.AddSingleton<CacheTelemetry>();
        services.AddSingleton<CaptionStore>();
        services.AddSingleton<PaidCaptions>();
        services.AddSingleton<SingleFlights>();

        services.AddSingleton<UsageJournal>();
        services.AddSingleton<KeyBudgets>();
        services.AddSingleton<Settlement>();
        services.AddSingleton<LedgerShipper>();
        services.AddHostedService(static provider => provider.GetRequiredService<LedgerShipper>());
        services.AddHostedService<BudgetLeaseRenewal>();
        services.AddHostedService<NetworkFeed>();

        // The path of a request after admission and intake, in this order.
        services.AddSingleton<IdempotencyClaims>();
        services.AddSingleton<ICaptionStep, IdempotencyStep>();
        services.AddSingleton<ICaptionStep, CaptionTelemetryStep>();
        services.AddSingleton<ICaptionStep, ModelAndCapStep>();
        services.AddSingleton<ICaptionStep, LanguageStep>();
        services.AddSingleton<ICaptionStep, PromptStep>();
        services.AddSingleton<ICaptionStep, SettlementStep>();
        services.AddSingleton<ICaptionStep, CachingStep>();
        services.AddSingleton<ICaptionStep, ForwardingStep>();
        services.AddSingleton<CaptionPipeline>();

        services.AddSingleton<CaptionEndpoint>();
        services.AddSingleton<NativeDialect>();
        services.AddSingleton<HuggingFaceDialect>();
        services.AddSingleton<ChatIntake>();
        services.AddSingleton<OpenAiDialect>();
        services.AddSingleton<ResponsesDialect>();
        OllamaDialects.Add(services);
        services.AddSingleton<VisionDialect>();
        services.AddSingleton<InterrogationDialect>();
        services.AddSingleton<RemotePictureReader>();
        services.AddSingleton<OpenFolders>();
        services.AddSingleton<OpenBuckets>();
        services.AddSingleton<BatchEndpoint>();
        services.AddJobs();
        services.AddOperations();
        services.AddGatewayDocument();
        services.AddCrossOrigin();
        services.AddMcp();
        return builder;
    }

    /// <summary>Maps the gateway's routes.</summary>
    /// <param name="app">The application; its builder must have had a call to <see cref="AddGateway"/>.</param>
    /// <returns>The same application.</returns>
    public static WebApplication MapGateway(this WebApplication app)
    {
        ObserveGauges(app.Services);
        app.UseCrossOrigin();
        app.UseOllamaGreeting();
        app.UseErrorsForUnknownPaths();
        app.UseMiddleware<JsonRouteMiddleware>();

        app.MapNative();
        app.MapHuggingFace();
        app.MapOpenAi();
        app.MapOllama();
        app.MapPhotoPrism();
        app.MapInterrogation();
        app.MapCatalogue();
        app.MapCache();
        app.MapJobs();
        app.MapMcpServer();
        app.MapOperations();
        app.MapOpenApi();
        app.MapPages();
        app.MapPublishedPricing();
        // This maps no routes, but starts the proxy's connections to the nodes and their health checks.
        app.MapReverseProxy();
        return app;
    }

    /// <summary>Waits until a node with models is known, so that captions are possible.</summary>
    /// <param name="app">The running gateway.</param>
    /// <param name="address">The node's address.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public static async Task WaitForNodeAsync(this WebApplication app, Uri address, CancellationToken cancellationToken)
    {
        var network = app.Services.GetRequiredService<Network>();
        var known = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        network.Changed += Look;
        try
        {
            Look(network.View);
            await known.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            network.Changed -= Look;
        }

        void Look(NetworkView view)
        {
            if (view.Snapshot.Nodes.Any(node => node.Address == address && node.Models.Count > 0))
            {
                known.TrySetResult();
            }
        }
    }

    private static void AddGatewayOptions(this IServiceCollection services)
    {
        services.AddValidated<GatewayOptions>(GatewayOptions.Section);
        services.AddValidated<CallerOptions>("Gateway:Admission");
        services.AddValidated<IntakeOptions>("Gateway:Intake");
        services.AddValidated<CacheOptions>("Gateway:Cache");
        services.AddValidated<ConversationOptions>(ConversationOptions.Section);
        services.AddValidated<RemotePictureOptions>("Gateway:RemotePictures");
        services.AddValidated<OpenFolderOptions>(OpenFolderOptions.Section);
        services.AddValidated<OpenBucketOptions>(OpenBucketOptions.Section);
        services.AddValidated<SelectionOptions>("Gateway:Selection");
        services.AddValidated<ForwardingOptions>("Gateway:Forwarding");
        services.AddValidated<BudgetSliceOptions>("Gateway:Budgets");
        services.AddValidated<JournalOptions>("Gateway:Journal");
        services.AddValidated<PricingConnectionOptions>("Gateway:Pricing");
        services
            .AddOptions<PricingConnectionOptions>()
            .PostConfigure<IConfiguration>(
                static (pricing, configuration) => pricing.Address ??= KnownServices.AddressOf(configuration, KnownServices.Pricing)
            );
    }

    private static void RemoveAll(this IServiceCollection services, Func<ServiceDescriptor, bool> which)
    {
        foreach (var service in services.Where(which).ToArray())
        {
            services.Remove(service);
        }
    }

    private static void AddSnapshotFile<T>(this IServiceCollection services, string file, JsonTypeInfo<T> type)
        where T : class =>
        services.AddSingleton(provider => new SnapshotFile<T>(
            Path.Combine(provider.GetRequiredService<GatewayIdentity>().DataDirectory, file),
            type,
            provider.GetRequiredService<ILogger<SnapshotFile<T>>>()
        ));

    private static void AddPricingClient(this IServiceCollection services)
    {
        services
            .AddPricingConnections(PricingHttpClient, static (tls, handler) => tls.Trust(handler))
            // Whoever asks through the gateway brings a key. The gateway's own rights are not for them.
            .WithReconnection();
        services
            .AddPricingConnections(OwnPricingHttpClient, static (tls, handler) => tls.Join(handler))
            .AddHttpMessageHandler(static provider =>
            {
                var options = provider.GetRequiredService<LiveOptions<PricingConnectionOptions>>();
                return new BearerTokenHandler(() => options.Value.Token);
            })
            // The request for changes stays open for seconds, usage records are sent until they are accepted, and each request
            // has its own timeout.
            .WithReconnection();
        services.AddSingleton(static provider => new PricingClient(
            provider.GetRequiredService<IHttpClientFactory>().CreateClient(OwnPricingHttpClient)
        ));
    }

    private static IHttpClientBuilder AddPricingConnections(
        this IServiceCollection services,
        string name,
        Action<NetworkTls, SocketsHttpHandler> secure
    ) =>
        services
            .AddHttpClient(
                name,
                static (provider, http) =>
                {
                    var address = provider.GetRequiredService<IOptions<PricingConnectionOptions>>().Value.Address!;
                    http.BaseAddress = NodeAddress.WithSlash(address);
                    http.Timeout = Timeout.InfiniteTimeSpan; // Each call has its own.
                }
            )
            .UseSocketsHttpHandler(
                (handler, provider) =>
                {
                    handler.PooledConnectionLifetime = TimeSpan.FromMinutes(2);
                    handler.ConnectTimeout = TimeSpan.FromSeconds(2);
                    secure(provider.GetRequiredService<NetworkTls>(), handler);
                    // What is forwarded to the service returns exactly as it answered.
                    handler.AllowAutoRedirect = false;
                    handler.UseCookies = false;
                }
            )
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan);

    private static void ObserveGauges(IServiceProvider services)
    {
        var telemetry = services.GetRequiredService<GatewayTelemetry>();
        var room = services.GetRequiredService<PictureIntake>().Room;
        var journal = services.GetRequiredService<UsageJournal>();
        var network = services.GetRequiredService<Network>();
        telemetry.Observe("imagetotext.gateway.intake.bytes", "By", "Bytes of pictures in memory.", () => room.Held);
        var redis = services.GetRequiredService<RedisLink>();
        if (redis.IsConfigured)
        {
            telemetry.Observe(
                "imagetotext.gateway.cache.open",
                "{cache}",
                "1 while the cache answers, 0 while captions continue without it.",
                () => redis.IsOpen ? 1 : 0
            );
        }

        telemetry.Observe(
            "imagetotext.gateway.network.age",
            "s",
            "Time since the pricing service last confirmed the current network.",
            () => (long)network.Age.TotalSeconds
        );
        telemetry.Observe(
            "imagetotext.gateway.journal.unreadable",
            "{record}",
            "Lines of the journal that could not be read back.",
            () => journal.Records.Unreadable
        );
    }
}
