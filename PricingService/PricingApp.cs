using ImageToText.Contracts;
using ImageToText.PricingService.Access;
using ImageToText.PricingService.Accounts;
using ImageToText.PricingService.Budgets;
using ImageToText.PricingService.Catalogue;
using ImageToText.PricingService.Errors;
using ImageToText.PricingService.Idempotency;
using ImageToText.PricingService.Ledger;
using ImageToText.PricingService.Network;
using ImageToText.PricingService.Prices;
using ImageToText.PricingService.Quotes;
using ImageToText.PricingService.Registry;
using ImageToText.PricingService.Statements;
using ImageToText.PricingService.Storage;
using ImageToText.PricingService.Telemetry;
using ImageToText.PricingService.Verification;
using ImageToText.PricingService.Webhooks;
using ImageToText.ServiceDefaults;
using ImageToText.ServiceDefaults.Management;
using ImageToText.ServiceDefaults.OpenApi;
using ImageToText.ServiceDefaults.Resilience;
using ImageToText.ServiceDefaults.Tls;
using ImageToText.ServiceDefaults.Validation;
using ImageToText.ServiceDefaults.Webhooks;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace ImageToText.PricingService;

/// <summary>The pricing service: nodes, models, prices, keys, budgets and the ledger.</summary>
public static class PricingApp
{
    /// <summary>Creates a pricing service, as its own process or beside others in one.</summary>
    /// <param name="args">Configuration from the command line, such as <c>--Pricing:Store:ConnectionString=Data
    /// Source=pricing.db</c>.</param>
    /// <param name="configure">What a host adds before the service is built: its own configuration, or another clock.</param>
    /// <returns>The application, not yet started.</returns>
    public static WebApplication Create(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(args);
        configure?.Invoke(builder);
        builder.AddServiceDefaults();
        builder.AddManagementPort();
        builder.AddPricing();
        var app = builder.Build();
        app.MapPricing();
        app.MapDefaultEndpoints();
        return app;
    }

    /// <summary>
    /// Brings the database up to date. Starting the service does that too; but if it fails then, the host reports it at length.
    /// </summary>
    /// <param name="services">The service's own.</param>
    /// <param name="cancellationToken">Ends the wait for a database that is away.</param>
    /// <exception cref="System.Data.Common.DbException">The database can't be used.</exception>
    public static Task OpenStoreAsync(IServiceProvider services, CancellationToken cancellationToken) =>
        services.GetRequiredService<StoreStart>().OpenAsync(cancellationToken);

    /// <summary>Adds the pricing service to a host that has the service defaults.</summary>
    /// <param name="builder">The host builder. The configuration section <c>Pricing</c> is read.</param>
    /// <returns>The same builder.</returns>
    public static IHostApplicationBuilder AddPricing(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.TryAddSingleton(TimeProvider.System);
        services.AskCallersForCertificates();
        services.AddValidated<StoreOptions>(StoreOptions.Section);
        services
            .AddOptions<StoreOptions>()
            .Configure<IConfiguration>(
                (options, configuration) =>
                {
                    if (string.IsNullOrEmpty(options.ConnectionString))
                    {
                        options.ConnectionString = configuration.GetConnectionString("pricing") is { Length: > 0 } named
                            ? named
                            : "Data Source=pricing.db";
                    }
                }
            );
        services.AddValidated<AccessOptions>(AccessOptions.Section);
        services.AddValidated<NodeRegistryOptions>(NodeRegistryOptions.Section);
        services.AddValidated<PriceCapOptions>(PriceCapOptions.Section);
        services.AddValidated<SequencePriceOptions>(SequencePriceOptions.Section);
        services.AddValidated<ExchangeRateOptions>(ExchangeRateOptions.Section);
        services.AddValidated<BudgetLeaseOptions>(BudgetLeaseOptions.Section);
        services.AddValidated<LedgerArchiveOptions>(LedgerArchiveOptions.Section);
        services.AddValidated<StatementOptions>(StatementOptions.Section);
        services.AddValidated<WebhookOptions>(WebhookOptions.Section);
        services.AddValidated<VerificationQueueOptions>(VerificationQueueOptions.Section);

        // The store comes first: it is brought up to date before anything else starts.
        services.AddSingleton<Store>();
        services.AddSingleton<StoreWait>();
        services.AddSingleton<StoreStart>();
        services.AddHostedService(static provider => provider.GetRequiredService<StoreStart>());
        services.AddHostedService<ReplicaNotices>();
        services.AddHealthChecks().AddCheck<StoreHealthCheck>("store");
        services.AddSingleton<PricingTelemetry>();
        services.AddSingleton(typeof(Signal<>));
        services.AddSingleton<NetworkChanges>();

        services.AddSingleton<GatewayPresence>();
        services.AddSingleton<NodeRegistry>();
        services.AddSingleton<OperatorFiles>();
        services.AddSingleton<RegisteredNetwork>();
        // A read may be repeated within the time that prices can wait for it. After that the next read is the retry.
        services
            .AddHttpClient(ExchangeRates.HttpClientName)
            .WithResilience(static http =>
            {
                http.TotalRequestTimeout.Timeout = TimeSpan.FromSeconds(10);
                http.AttemptTimeout.Timeout = TimeSpan.FromSeconds(4);
                http.CircuitBreaker.SamplingDuration = TimeSpan.FromSeconds(10);
                http.Retry.MaxRetryAttempts = 2;
                http.Retry.Delay = TimeSpan.FromMilliseconds(500);
            });
        services.AddSingleton<ExchangeRates>();
        services.AddSingleton<PriceService>();
        services.AddSingleton<QuoteService>();
        services.AddSingleton<ApiKeyService>();
        services.AddSingleton<ApiKeyValidation>();
        services.AddSingleton<CallerRecognition>();
        services.AddSingleton<AccountService>();
        services.AddSingleton<BudgetLeaseService>();
        services.AddSingleton<BudgetNotices>();
        services.AddSingleton<IdempotencyService>();
        services.AddSingleton<LedgerWriter>();
        services.AddSingleton<UsageReports>();
        services.AddSingleton<StatementReports>();
        services.AddSingleton<LedgerArchiver>();
        services.AddSingleton<VerificationQueue>();
        services.AddSingleton<ModelCatalogueView>();
        services.AddSingleton<RegistryMaintenance>();
        services.AddHostedService(provider => provider.GetRequiredService<RegistryMaintenance>());
        services.AddHostedService<ExchangeRateFeed>();
        services.AddHostedService<BudgetGauge>();
        // A notice goes to the address that was configured and nowhere else.
        services
            .AddHttpClient(WebhookSender.HttpClientName, static http => http.Timeout = WebhookCall.Patience)
            .WithReconnection()
            .ConfigurePrimaryHttpMessageHandler(static () => new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
        services.AddSingleton<WebhookSender>();
        services.AddHostedService(provider => provider.GetRequiredService<WebhookSender>());

        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        services.UseContractJson(ContractsJson.Default);
        services.AddOpenApi(static options =>
            options.DescribeService("ImageToText pricing", "Nodes, models, prices, API keys, budgets and the ledger of a network.")
        );
        return builder;
    }

    /// <summary>Maps the pricing service's routes.</summary>
    /// <param name="app">The application; its builder must have had a call to <see cref="AddPricing"/>.</param>
    /// <returns>The same application.</returns>
    public static WebApplication MapPricing(this WebApplication app)
    {
        // Gateways publish it below this path. Asked directly it also answers there, so both addresses work.
        app.UsePathBase("/pricing");
        app.UseRouting();
        app.UseMiddleware<RefusalMiddleware>();
        app.UseMiddleware<CallerMiddleware>();
        app.MapNetwork();
        app.MapPrices();
        app.MapQuotes();
        app.MapKeys();
        app.MapAccounts();
        app.MapSlices();
        app.MapIdempotency();
        app.MapUsage();
        app.MapStatements();
        app.MapArchives();
        app.MapCatalogue();
        app.MapOpenApi();
        return app;
    }
}
