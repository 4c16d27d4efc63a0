using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http.Resilience;
using Polly;

namespace ImageToText.ServiceDefaults.Resilience;

/// <summary>
/// The policies of calls between services, one for each <see cref="HttpClient"/>, and service discovery for all of them. A client that
/// says nothing has the standard policy: rate limit, total timeout, retries of safe methods, circuit breaker, attempt timeout.
/// </summary>
public static class HttpClientResilience
{
    /// <summary>
    /// The configuration section: <c>HttpClients:Default</c> for all clients, <c>HttpClients:{name}</c> for one that calls
    /// <see cref="WithResilience"/> or <see cref="WithReconnection"/>; keys are those of <see cref="HttpStandardResilienceOptions"/>, such
    /// as <c>Retry:MaxRetryAttempts</c> and <c>TotalRequestTimeout:Timeout</c>.
    /// </summary>
    public const string Section = "HttpClients";

    internal static void AddHttpClientDefaults(this IServiceCollection services) =>
        services.ConfigureHttpClientDefaults(http =>
        {
            http.AddStandardResilienceHandler()
                .Configure(
                    (options, provider) =>
                    {
                        // What is not idempotent by its method is sent once, unless its client says that it may be sent again.
                        options.Retry.DisableForUnsafeHttpMethods();
                        Of(provider, "Default").Bind(options);
                    }
                );
            http.AddServiceDiscovery();
        });

    /// <summary>
    /// The standard policy with other figures. Every method is retried unless <paramref name="configure"/> says otherwise: only a client
    /// whose requests may be sent twice asks for its own.
    /// </summary>
    /// <param name="http">The named or typed client.</param>
    /// <param name="configure">The client's own settings; <c>HttpClients:{name}</c> in the configuration has the last word.</param>
    /// <returns>The same builder.</returns>
    public static IHttpClientBuilder WithResilience(this IHttpClientBuilder http, Action<HttpStandardResilienceOptions> configure)
    {
        http.TakeOffDefault()
            .AddStandardResilienceHandler()
            .Configure(
                (options, provider) =>
                {
                    configure(options);
                    Of(provider, http.Name).Bind(options);
                }
            );
        return http;
    }

    /// <summary>
    /// Sends again only what was never sent: where no connection came about, as while the other side restarts, and whatever the method.
    /// How long a call may take, and whether a failed one is worth repeating, is for the caller to say: this is the policy of calls that
    /// stay open, and of rounds that come again with newer content. <c>HttpClients:{name}:Retry</c> has the last word.
    /// </summary>
    /// <param name="http">The named or typed client.</param>
    /// <returns>The same builder.</returns>
    public static IHttpClientBuilder WithReconnection(this IHttpClientBuilder http)
    {
        http.TakeOffDefault()
            .AddResilienceHandler(
                "reconnection",
                (pipeline, context) =>
                {
                    var retry = new HttpRetryStrategyOptions
                    {
                        MaxRetryAttempts = 2,
                        Delay = TimeSpan.FromMilliseconds(50),
                        BackoffType = DelayBackoffType.Exponential,
                        UseJitter = true,
                        ShouldHandle = static call =>
                            ValueTask.FromResult(
                                call.Outcome.Exception
                                    is HttpRequestException
                                    {
                                        HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError,
                                    }
                            ),
                    };
                    Of(context.ServiceProvider, http.Name).GetSection("Retry").Bind(retry);
                    pipeline.AddRetry(retry);
                }
            );
        return http;
    }

    private static IHttpClientBuilder TakeOffDefault(this IHttpClientBuilder http)
    {
#pragma warning disable EXTEXP0001 // Marked experimental, and the only way to take a default handler off one client.
        return http.RemoveAllResilienceHandlers();
#pragma warning restore EXTEXP0001
    }

    private static IConfigurationSection Of(IServiceProvider provider, string client) =>
        provider.GetRequiredService<IConfiguration>().GetSection($"{Section}:{client}");
}
