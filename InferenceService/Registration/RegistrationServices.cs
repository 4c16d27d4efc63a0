using ImageToText.Contracts.Client;
using ImageToText.ServiceDefaults.Discovery;
using ImageToText.ServiceDefaults.Resilience;
using ImageToText.ServiceDefaults.Secrets;
using ImageToText.ServiceDefaults.Tls;
using ImageToText.ServiceDefaults.Validation;
using Microsoft.Extensions.Options;

namespace ImageToText.InferenceService.Registration;

/// <summary>Registers the node with the pricing service.</summary>
internal static class RegistrationServices
{
    private const string Client = "pricing";

    public static void AddRegistration(this IServiceCollection services)
    {
        services
            .AddValidated<RegistrationOptions>(RegistrationOptions.Section)
            .PostConfigure<IConfiguration>(
                static (options, configuration) => options.PricingAddress ??= KnownServices.AddressOf(configuration, KnownServices.Pricing)
            );
        services
            .AddHttpClient(
                Client,
                static (provider, http) =>
                {
                    var options = provider.GetRequiredService<IOptions<RegistrationOptions>>().Value;
                    if (options.PricingAddress?.AbsoluteUri is { } address)
                    {
                        http.BaseAddress = new Uri(address.EndsWith('/') ? address : address + "/");
                    }
                }
            )
            .UseSocketsHttpHandler(
                static (handler, provider) =>
                {
                    handler.PooledConnectionLifetime = TimeSpan.FromMinutes(2);
                    handler.ConnectTimeout = TimeSpan.FromSeconds(2);
                    provider.GetRequiredService<NetworkTls>().Join(handler);
                }
            )
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .AddHttpMessageHandler(static provider =>
            {
                var options = provider.GetRequiredService<LiveOptions<RegistrationOptions>>();
                return new BearerTokenHandler(() => options.Value.PricingToken);
            })
            // An old heartbeat is worthless: the next one says what is true then.
            .WithReconnection();
        services.AddSingleton(static provider => new PricingClient(provider.GetRequiredService<IHttpClientFactory>().CreateClient(Client)));
        services.AddSingleton<NodeAnnouncement>();
        services.AddSingleton<NodeRegistrar>();
        services.AddHostedService(static provider => provider.GetRequiredService<NodeRegistrar>());
    }
}
