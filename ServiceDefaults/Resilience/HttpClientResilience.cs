using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http.Resilience;
using Polly;

namespace ImageToText.ServiceDefaults.Resilience;

/// <summary>
/// Policies for calls between services, one for each <see cref="HttpClient"/>, and service discovery for all of them. By default
/// a client has the standard policy: rate limit, total timeout, retries of safe methods, circuit breaker, attempt timeout.
/// </summary>
public static class HttpClientResilience
{
    /// <summary>
    /// The configuration section: <c>HttpClients:Default</c> for all clients, <c>HttpClients:{name}</c> for a client that calls
    /// <see cref="WithResilience"/> or <see cref="WithReconnection"/>. The keys are those of
    /// <see cref="HttpStandardResilienceOptions"/>, such as <c>Retry:MaxRetryAttempts</c> and <c>TotalRequestTimeout:Timeout</c>.
    /// </summary>
    public const string Section = "HttpClients";

    internal static void AddHttpClientDefaults(this IServiceCollection services) =>
        services.ConfigureHttpClientDefaults(http =>
        {
            http.AddStandardResilienceHandler()
                .Configure(
                    (options, provider) =>
                    {
                        // A request whose method is not idempotent is sent once, unless its client says that it may be sent
                        // again.
                        options.Retry.DisableForUnsafeHttpMethods();
                        Of(provider, "Default").Bind(options);
                    }
                );
            http.AddServiceDiscovery();
        });

    /// <summary>
    /// The standard policy with other values. Every method is retried unless <paramref name="configure"/> says otherwise, so use
    /// it only for clients whose requests may be sent twice.
    /// </summary>
    /// <param name="http">The named or typed client.</param>
    /// <param name="configure">The client's own settings; <c>HttpClients:{name}</c> in the configuration overrides them.</param>
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
    /// Retries only what was never sent: requests whose connection failed, for example while the other side restarts, whatever
    /// their method. The caller decides how long a call may take and whether to repeat a failed one. This policy is for calls
    /// that stay open, and for periodic calls whose next round carries newer content. <c>HttpClients:{name}:Retry</c> overrides
    /// it.
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
#pragma warning disable EXTEXP0001 // This is experimental, and the only way to remove a default handler from one client.
        return http.RemoveAllResilienceHandlers();
#pragma warning restore EXTEXP0001
    }

    private static IConfigurationSection Of(IServiceProvider provider, string client) =>
        provider.GetRequiredService<IConfiguration>().GetSection($"{Section}:{client}");
}
